/**
 * The variables an operator may set, in one list: what `npm start` hands to the Workers, what it reads
 * itself, and the table in the README. A name that is not here never reaches a Worker, so that the rest
 * of a person's environment (tokens of other tools among it) stays where it is.
 */
export interface OperatorVariable {
  readonly name: string;
  readonly for: 'workers' | 'npm start';
  readonly meaning: string;
}

export const operatorVariables: readonly OperatorVariable[] = [
  { name: 'PORT', for: 'npm start', meaning: 'Port of the HTTP API on 127.0.0.1 (8787).' },
  { name: 'MCPOVERFLOW_STATE_DIR', for: 'npm start', meaning: 'Folder that holds jobs, results and the lock (.wrangler).' },
  {
    name: 'WATCHDOG_SECONDS',
    for: 'npm start',
    meaning: 'Seconds without a sign of life after which the engine is ended and started again (15).',
  },
  { name: 'OPENHANDS_API_URL', for: 'workers', meaning: 'Address of an OpenHands server; unset, the embedded agent does the work.' },
  {
    name: 'OPENHANDS_DRIVER',
    for: 'workers',
    meaning: 'What that address is: an `agent-server` of your own, or OpenHands `cloud` (agent-server).',
  },
  { name: 'OPENHANDS_API_KEY', for: 'workers', meaning: 'Session key of that server, or API key of OpenHands Cloud.' },
  { name: 'OPENHANDS_LLM', for: 'workers', meaning: 'Model that OpenHands uses.' },
  { name: 'OPENHANDS_MAX_RUNS', for: 'workers', meaning: 'Runs that may be live at once (10).' },
  {
    name: 'OPENHANDS_MAX_COST_USD',
    for: 'workers',
    meaning: 'US dollars one job may cost; a run that costs more is stopped and its job fails with budget-exceeded (5).',
  },
  {
    name: 'OPENHANDS_HOOK_SECRET',
    for: 'workers',
    meaning: 'Secret, at least 24 letters and digits, in the address to which OpenHands posts its events; unset, there is no such address.',
  },
  { name: 'OPENHANDS_TIMEOUT_MS', for: 'workers', meaning: 'Milliseconds after which one call to OpenHands is given up (30000).' },
  { name: 'OPENHANDS_MAX_ITERATIONS', for: 'workers', meaning: 'Steps an agent may take in one run (100).' },
  { name: 'OPENHANDS_WORKSPACE', for: 'workers', meaning: 'Folder on the agent’s machine that holds one folder per run (/workspace).' },
  { name: 'EMBEDDED_MAX_RUNS', for: 'workers', meaning: 'Runs of the embedded agent that may be live at once (50).' },
  { name: 'LLM_API_KEY', for: 'workers', meaning: 'Key of the model provider, given to OpenHands with each run.' },
  { name: 'LLM_BASE_URL', for: 'workers', meaning: 'Address of the model provider, when it is not the usual one.' },
  {
    name: 'LLM_INPUT_USD_PER_MILLION_TOKENS',
    for: 'workers',
    meaning: 'Price of the model’s input, for a model whose price OpenHands does not know: without one its cost counts as 0.',
  },
  { name: 'LLM_OUTPUT_USD_PER_MILLION_TOKENS', for: 'workers', meaning: 'Price of the model’s output, likewise.' },
  { name: 'RETRY_ATTEMPTS', for: 'workers', meaning: 'How often one step of a job is tried before the job fails (8).' },
  {
    name: 'RETRY_BASE_SECONDS',
    for: 'workers',
    meaning: 'Seconds before the first retry; every further one waits up to twice as long (2).',
  },
  { name: 'RETRY_CAP_SECONDS', for: 'workers', meaning: 'Seconds that no pause between two tries is longer than (300).' },
  {
    name: 'TURN_LEASE_SECONDS',
    for: 'workers',
    meaning: 'Seconds one step of a job may take; after a crash in it, another worker takes over when they are over (120).',
  },
  {
    name: 'RESEND_SECONDS',
    for: 'workers',
    meaning: 'Seconds after which a step that nobody began is sent again, doubling to 5 minutes (15).',
  },
  {
    name: 'CREATE_QUIET_SECONDS',
    for: 'workers',
    meaning: 'Seconds in which no second run is created after a call whose outcome is unknown: it may still take effect (120).',
  },
  {
    name: 'CHECK_IN_SECONDS',
    for: 'workers',
    meaning: 'Seconds between two questions of a waiting or running job whether its run is still watched (300).',
  },
  { name: 'JOB_TIMEOUT_MS', for: 'workers', meaning: 'Milliseconds a run may take, counted from its start (1800000: 30 minutes).' },
  {
    name: 'QUEUE_TIMEOUT_MS',
    for: 'workers',
    meaning: 'Milliseconds a job may wait for its run, counted from submission (86400000: 24 hours).',
  },
  {
    name: 'PUBLIC_URL',
    for: 'workers',
    meaning: 'Address by which callers reach the engine; links in webhook calls begin with it (http://127.0.0.1 and the port).',
  },
  {
    name: 'WEBHOOK_SCHEDULE_SECONDS',
    for: 'workers',
    meaning:
      'Seconds between the attempts of a webhook call, a comma list (5,300,1800,7200,18000,36000,50400,72000,86400: ten attempts in three days).',
  },
  { name: 'WEBHOOK_TIMEOUT_MS', for: 'workers', meaning: 'Milliseconds one attempt of a webhook call may take, at most 20000 (15000).' },
  {
    name: 'DNS_RESOLVER_URL',
    for: 'workers',
    meaning: 'DNS over HTTPS, JSON form: resolves the hosts of webhooks before they are called (https://cloudflare-dns.com/dns-query).',
  },
  { name: 'JOB_RETENTION_DAYS', for: 'workers', meaning: 'Days after its end until a job and everything of it is deleted (30).' },
  {
    name: 'DEAD_LETTER_RETENTION_DAYS',
    for: 'workers',
    meaning: 'Days a dead letter is kept after its last death, and a failed job with it, beyond the job’s own retention (90).',
  },
  {
    name: 'AUTH',
    for: 'workers',
    meaning:
      '`keys`: calls need an API key (`npm run keys`). `none`: those to this machine’s own engine do not (none; deployed always keys).',
  },
  {
    name: 'ACCEPT_JOBS',
    for: 'workers',
    meaning: '`false` drains the engine: submissions, retries and replays are answered 503, jobs that are there go on to their end (true).',
  },
  {
    name: 'TENANT_MAX_JOBS_IN_FLIGHT',
    for: 'workers',
    meaning: 'Jobs of one tenant that may be in flight at once, where keys are needed (1000).',
  },
  {
    name: 'TENANT_MAX_COST_USD_PER_DAY',
    for: 'workers',
    meaning: 'US dollars that the jobs of one tenant may cost in a day (UTC), where keys are needed; unset, there is no bound.',
  },
  {
    name: 'CORS_ORIGINS',
    for: 'workers',
    meaning: 'Origins whose pages may call from a browser, a comma list such as https://app.example.com; none by default.',
  },
  { name: 'MAX_BODY_BYTES', for: 'workers', meaning: 'Largest request body after decompression, in bytes (26214400: 25 MiB).' },
];

/** The variables for the Workers that are set in `environment`; an empty value counts as unset. */
export function workerVariables(environment: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const handedOver: Record<string, string> = {};
  for (const variable of operatorVariables) {
    const value = environment[variable.name];
    if (variable.for === 'workers' && value !== undefined && value !== '') handedOver[variable.name] = value;
  }
  return handedOver;
}
