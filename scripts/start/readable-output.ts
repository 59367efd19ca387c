/**
 * Wrangler's output as an operator wants to read it: what the Workers log, requests, warnings. Left out
 * are the tables of bindings (repeated at every reload), the supervisor's own heartbeats, empty lines and
 * advice meant for interactive use. A line is dropped by what it is, never by chance: unknown lines stay. The secret in an address is masked.
 */
import { HEARTBEAT_ID, HEARTBEAT_PATH } from './heartbeat.ts';

const noise = [
  new RegExp(`(GET|HEAD) ${HEARTBEAT_PATH} `),
  new RegExp(`"message":"request","requestId":"${HEARTBEAT_ID}".*"status":404`),
  /^\[wrangler:info\] (Ready|Updated and ready) on /,
  /^Cloudflare collects anonymous telemetry about /,
  /^\[custom build\] Running: /,
  /^Using secrets defined in /,
  /^⎔ (Starting|Reloading|Shutting)/,
  /^Service bindings, Durable Object bindings, and Tail consumers connect to/,
  // The runtime's notes to its makers on alarms that came due while it was away. They are run, as they should be.
  /^\S*▲ .*NOSENTRY SQLite alarm /,
  /^\s*$/,
];
const tableBegins = / has access to the following bindings:$/;

/** Wrangler's own marks in front of a line, one of them an oversight; neither says anything. */
const prefix = /^\[(wrangler:info|undefined)\] /;

/** The address that OpenHands posts to is a secret, and wrangler writes every request down. */
const hookSecret = /(\/hooks\/openhands\/)[^/\s?"']+/g;

/** A function that turns each line, in order, into what is worth showing of it: undefined when nothing is. */
export function readableLines(): (line: string) => string | undefined {
  let insideTable = false;
  return (line) => {
    if (tableBegins.test(line)) insideTable = true;
    if (insideTable) {
      insideTable = line.trim() !== '';
      return undefined;
    }
    return noise.some((pattern) => pattern.test(line)) ? undefined : line.replace(prefix, '').replace(hookSecret, '$1***');
  };
}
