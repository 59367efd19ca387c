/**
 * Wrangler's output as an operator wants to read it: what the Workers log, requests, warnings. Left out
 * are the tables of bindings (repeated at every reload), the supervisor's own heartbeats, empty lines and
 * advice meant for interactive use. A line is dropped by what it is, never by chance: unknown lines stay.
 */
import { HEARTBEAT_PATH } from './heartbeat.ts';

const noise = [
  new RegExp(`(GET|HEAD) ${HEARTBEAT_PATH} `),
  /^\[wrangler:info\] (Ready|Updated and ready) on /,
  /^Cloudflare collects anonymous telemetry about /,
  /^\[custom build\] Running: /,
  /^Using secrets defined in /,
  /^⎔ (Starting|Reloading|Shutting)/,
  /^Service bindings, Durable Object bindings, and Tail consumers connect to/,
  /^\s*$/,
];
const tableBegins = / has access to the following bindings:$/;

/** A function that says of each line, in order, whether it is worth showing. */
export function readableLines(): (line: string) => boolean {
  let insideTable = false;
  return (line) => {
    if (tableBegins.test(line)) insideTable = true;
    if (insideTable) {
      insideTable = line.trim() !== '';
      return false;
    }
    return !noise.some((pattern) => pattern.test(line));
  };
}
