/** How many calls a round of looks takes: 300 live runs, counted by the server that answers them. */
import { acceptedSchema } from '@mcpoverflow/types';
import { startOpenHandsServer } from '../../tests/support/openhands-server.ts';
import { engineWorker, startWorkers } from './harness.ts';

const RUNS = 300;
const IDS_PER_CALL = 99;

/** Starts the runs, waits for a round in which all are looked at, and prints its calls. */
export async function benchLooks(): Promise<void> {
  const server = await startOpenHandsServer();
  server.script({}, { course: Array.from({ length: 40 }, () => 'running' as const) });
  const vars = { OPENHANDS_API_URL: server.url, OPENHANDS_MAX_RUNS: String(RUNS) };
  const { harness } = await startWorkers([engineWorker('api'), engineWorker('consumer', { vars }), engineWorker('embedded-agent')]);
  try {
    for (let index = 0; index < RUNS; index++) {
      const spec = { openapi: '3.1.0', info: { title: `Look ${index}`, version: '1' }, paths: {} };
      const answer = await harness.fetch('/api/analyze', {
        method: 'POST',
        headers: { 'content-type': 'application/json', prefer: 'respond-async' },
        body: JSON.stringify({ specType: 'openapi', spec }),
      });
      acceptedSchema.parse(await answer.json());
    }
    await server.until(() => server.creates.size === RUNS);
    const before = server.looks.length;
    await server.until(() => server.looks.slice(before).reduce((sum, ids) => sum + ids, 0) >= 2 * RUNS);
    const looks = server.looks.slice(before);
    const ids = looks.reduce((sum, count) => sum + count, 0);
    console.log(
      `\nLooks at ${RUNS} live runs: ${ids} looks in ${looks.length} calls, ${(ids / looks.length).toFixed(1)} a call (at most ${IDS_PER_CALL} are allowed)`,
    );
    console.log(`  calls: ${looks.join(' ')}`);
  } finally {
    await harness.close();
    await server.close();
  }
}
