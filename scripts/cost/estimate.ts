/**
 * What the engine costs, from what was counted: per million jobs, and by the month for the three customers of the
 * original product's table. Pure; everything that was not counted is an assumption, and is told.
 */
import { type CountedJob, looksDuring, SHARING, withThreeMinutes } from '../bench/operations.ts';
import { type Consumption, listPrice, monthlyBill, total } from './plan.ts';

export interface Counted {
  readonly plain: CountedJob;
  /** The same, and one webhook call that is taken at once. */
  readonly withWebhook: CountedJob;
}

export interface Assumptions {
  /** Of all requests; the others read a job. */
  readonly submissionShare: number;
  readonly webhookShare: number;
}

/** Milliseconds; nothing on this machine can measure what Cloudflare would charge. */
export const CPU_MS = { submission: 10, job: 400, read: 3 } as const;

/** A read of a job: a call, its Job, a line. Rows of one object. */
const read: Consumption = {
  workerRequests: 1,
  cpuMs: CPU_MS.read,
  queueMessages: 0,
  kvReads: 0.2,
  kvWrites: 0,
  objectRequests: 1,
  objectSeconds: 0.005,
  rowsRead: 3,
  rowsWritten: 0,
  analyticsPoints: 0,
  logLines: 1,
};

/** The original product's examples, requests a month, and what it said they cost. */
const customers = [
  { name: 'Small SaaS (10K daily users)', requests: 9_000_000, seed: 5 },
  { name: 'Medium SaaS (100K daily users)', requests: 90_000_000, seed: 45 },
  { name: 'Large SaaS (1M daily users)', requests: 900_000_000, seed: 450 },
] as const;
/** Dollars a month, as the original product's guide compares them. */
export const comparisons = { 'AWS Lambda': 800, 'Google Cloud Run': 600, 'Traditional servers': 2_000 } as const;
/** The original product's own rule: $5, and $0.50 for each million requests beyond ten. */
export const seedRule = (requests: number): number => 5 + Math.max(0, requests / 1_000_000 - 10) * 0.5;

export interface Estimate {
  readonly assumptions: readonly string[];
  /** Dollars per million, without what the plan includes. */
  readonly perMillion: readonly ({ readonly what: string } & ReturnType<typeof listPrice>)[];
  readonly monthly: readonly {
    readonly name: string;
    readonly requests: number;
    readonly jobs: number;
    /** As the original product's guide prints it, and by its own rule. */
    readonly seed: number;
    readonly seedRule: number;
    readonly dollars: number;
    /** The same requests without a single job in them. */
    readonly readsOnly: number;
  }[];
}

const withCpu = (job: CountedJob): Consumption => ({ ...job, cpuMs: CPU_MS.submission + CPU_MS.job });

export function estimate({ plain, withWebhook }: Counted, { submissionShare, webhookShare }: Assumptions): Estimate {
  const long = (job: CountedJob, sharing: number): Consumption => withCpu(withThreeMinutes(job, sharing));
  const line = (what: string, consumption: Consumption) => ({ what, ...listPrice(consumption) });
  const looks = looksDuring(180_000);
  return {
    assumptions: [
      `A job runs three minutes and is looked at ${looks} times; ${SHARING} runs share each look.`,
      `${percent(submissionShare)} of all requests are submissions, the others read a job; ${percent(webhookShare)} of the jobs have a webhook, whose first call is taken.`,
      `CPU: ${CPU_MS.submission} ms for a submission, ${CPU_MS.job} ms for a job (its connector is run), ${CPU_MS.read} ms for a read. Assumed, not counted.`,
      'Every job does its work: no result comes from the cache, none fails, nothing is tried again.',
      'All log lines are kept (head_sampling_rate = 1), and Analytics Engine is charged at its list price.',
      'The language model is not in it: its provider charges that, and OPENHANDS_MAX_COST_USD bounds it per job. Nor is the machine of OpenHands.',
    ],
    perMillion: [
      line('jobs that end within seconds', withCpu(plain)),
      line('jobs of 3 minutes', long(plain, SHARING)),
      line('jobs of 3 minutes with a webhook', long(withWebhook, SHARING)),
      line('jobs of 3 minutes, nobody to share looks with', long(plain, 1)),
      line('reads of a job', read),
    ],
    monthly: customers.map(({ name, requests, seed }) => {
      const jobs = requests * submissionShare;
      const used = total([
        [long(plain, SHARING), jobs * (1 - webhookShare)],
        [long(withWebhook, SHARING), jobs * webhookShare],
        [read, requests - jobs],
      ]);
      return {
        name,
        requests,
        jobs,
        seed,
        seedRule: seedRule(requests),
        dollars: monthlyBill(used),
        readsOnly: monthlyBill(total([[read, requests]])),
      };
    }),
  };
}

const percent = (share: number): string => `${Number((share * 100).toPrecision(3))} %`;
