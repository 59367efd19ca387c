/** A whole job in Workers with a bounded heap: `node job-in-heap.ts URL MEGABYTES`. Fails when one of them goes down. */
import { specificationIn, startLimited, workOn } from '../../tests/support/limited-engine.ts';

const [specification = '', megabytes = ''] = process.argv.slice(2);
await using engine = await startLimited(Number(megabytes));
const job = await workOn(engine, 'generate-connector', specificationIn(new URL(specification)));
if (job.status !== 'completed') throw new Error(job.error?.message ?? job.status);
