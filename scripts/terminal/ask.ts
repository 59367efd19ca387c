/**
 * A yes or a no from a person. Read as lines and not as a terminal of its own, so that Ctrl-C ends the
 * process as everywhere else; by events and not by iteration, which leaves a terminal open and the
 * process alive (Node 24).
 */
import { createInterface } from 'node:readline';

/** False for everything but a yes, the end of the input included. The input is paused afterwards. */
export function readYes(input: NodeJS.ReadableStream): Promise<boolean> {
  return new Promise((resolve) => {
    const lines = createInterface({ input, terminal: false });
    lines.once('close', () => resolve(false));
    lines.once('line', (line) => {
      resolve(/^y(es)?$/i.test(line.trim()));
      lines.close();
    });
  });
}
