/**
 * `npm run cost [-- --count] [--submissions 0.01] [--webhooks 0.5] [--json]`: what the engine costs at list prices,
 * set against the original product's table.
 */
import { parseArgs } from 'node:util';
import { countAnew, keep, keptCounts } from './counted-operations.ts';
import { comparisons, type Estimate, estimate } from './estimate.ts';
import { BASE_DOLLARS } from './plan.ts';

const usage = `Usage: npm run cost -- [flags]

  --count              count again what a job uses (about a minute) and keep it; else the counts kept are taken
  --submissions SHARE  of all requests, between 0 and 1 (0.01): the others read a job
  --webhooks SHARE     of all jobs, between 0 and 1 (0.5)
  --json               JSON instead of tables`;

function understood() {
  try {
    const { values } = parseArgs({
      options: {
        count: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
        submissions: { type: 'string', default: '0.01' },
        webhooks: { type: 'string', default: '0.5' },
      },
    });
    const shares = [Number(values.submissions), Number(values.webhooks)];
    return shares.every((share) => share >= 0 && share <= 1) && !values.help ? values : undefined;
  } catch {
    return undefined;
  }
}

const money = (dollars: number): string =>
  `$${dollars.toLocaleString('en-US', dollars < 100 ? { minimumFractionDigits: 2, maximumFractionDigits: 2 } : { maximumFractionDigits: 0 })}`;
const millions = (count: number): string => `${(count / 1_000_000).toLocaleString('en-US')}M`;

function print({ assumptions, perMillion, monthly }: Estimate): void {
  console.log(
    `\n${'List price in dollars per million, without what the plan includes'.padEnd(66)} operations   CPU (assumed)   logs, analytics`,
  );
  for (const { what, operations, cpu, watching } of perMillion) {
    console.log(`  ${what.padEnd(64)} ${money(operations).padStart(10)} ${money(cpu).padStart(15)} ${money(watching).padStart(17)}`);
  }
  console.log(`\nA month on the paid plan (${money(BASE_DOLLARS)} and what is beyond it), the model and its machine not included`);
  console.log(`  ${''.padEnd(32)} requests     jobs    this engine   reads only   the original's guide`);
  for (const { name, requests, jobs, dollars, readsOnly, seed } of monthly) {
    console.log(
      `  ${name.padEnd(32)} ${millions(requests).padStart(8)} ${millions(jobs).padStart(8)} ${money(dollars).padStart(14)} ${money(readsOnly).padStart(12)} ${money(seed).padStart(22)}`,
    );
  }
  const others = Object.entries(comparisons).map(([name, dollars]) => `${name} ${money(dollars)}`);
  console.log(`  The guide compares: ${others.join(', ')} a month and more.`);
  console.log('\nAssumed');
  for (const sentence of assumptions) console.log(`  - ${sentence}`);
}

const flags = understood();
if (flags === undefined) {
  console.error(usage);
  process.exit(2);
}
const counted = flags.count ? await countAnew() : keptCounts();
if (flags.count) keep(counted);
const result = estimate(counted, { submissionShare: Number(flags.submissions), webhookShare: Number(flags.webhooks) });
if (flags.json) console.log(JSON.stringify({ counted, ...result }, null, 2));
else print(result);
