/** Programs that are measured: run to their end with a bound on time, or spoken to over standard input and output. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** What takes longer has failed. */
export const TIMEOUT_MS = 120_000;

export interface Run {
  readonly ok: boolean;
  readonly ms: number;
  /** What went wrong, in the last line that speaks of an error; the last line of all where none does. */
  readonly fault: string;
}

/** Runs a program to its end, or ends it after `timeoutMs`. */
export async function run(command: string, args: readonly string[], folder: string, timeoutMs = TIMEOUT_MS): Promise<Run> {
  const started = performance.now();
  const child = spawn(command, args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'], timeout: timeoutMs, killSignal: 'SIGKILL' });
  const lines: string[] = [];
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      lines.push(text);
    });
  const [code, signal] = await once(child, 'close');
  const written = lines.join('').trim().split('\n');
  const complaint = code === 0 ? undefined : written.findLast((line) => /error/i.test(line));
  const fault = endedBy[String(signal)] ?? complaint?.trim() ?? written.at(-1) ?? '';
  return { ok: code === 0, ms: performance.now() - started, fault };
}

/** Ends that no program can tell of; Node aborts when its heap is full. */
const endedBy: Readonly<Record<string, string>> = {
  SIGKILL: 'took too long',
  SIGABRT: 'ran out of memory',
};

/** Sends JSON-RPC requests, a line each, and answers the result of the last; null when it ended or fell silent before. */
export async function talk(command: string, args: readonly string[], folder: string, requests: readonly object[]): Promise<unknown> {
  const child = spawn(command, args, { cwd: folder, stdio: ['pipe', 'pipe', 'ignore'], timeout: TIMEOUT_MS, killSignal: 'SIGKILL' });
  child.stdin.on('error', () => undefined);
  for (const request of requests) child.stdin.write(`${JSON.stringify(request)}\n`);
  const wanted = requests.length;
  const answer = await new Promise<unknown>((resolve) => {
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
      for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n')) {
        const message = parsed(text.slice(0, end));
        text = text.slice(end + 1);
        if (message?.id === wanted) resolve(message.result ?? null);
      }
    });
    child.once('close', () => resolve(null));
  });
  child.kill('SIGKILL');
  return answer;
}

function parsed(line: string): { readonly id?: unknown; readonly result?: unknown } | null {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}
