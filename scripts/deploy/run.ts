/** `./deploy-cloudflare.sh` from what was typed to its exit code, with terminal, project and wrangler as ports. */
import { fail, ok, type Result } from '@mcpoverflow/types';
import { accountIdFrom, CLOUDFLARE_API, oneAccount, tokenFrom } from './access.ts';
import { type CommandName, parseArguments, usage } from './arguments.ts';
import { accountOf } from './cloudflare/account.ts';
import { createCloudflare } from './cloudflare/client.ts';
import { create } from './commands/create.ts';
import { deploy } from './commands/deploy.ts';
import { destroy } from './commands/destroy.ts';
import { doctor } from './commands/doctor.ts';
import { logs } from './commands/logs.ts';
import { rollback } from './commands/rollback.ts';
import { status } from './commands/status.ts';
import { createMask, maskedTerminal } from './mask.ts';
import { confidential, givenSecrets } from './secrets.ts';
import { type Deployer, type DeployTerminal, exitCodes, type Session } from './session.ts';
import { readWanted, roles } from './wanted.ts';
import type { Wrangler, WranglerSurroundings } from './wrangler.ts';

const commands: Readonly<Record<CommandName, (session: Session) => Promise<number>>> = {
  deploy,
  create,
  status,
  doctor,
  logs,
  rollback,
  destroy,
};

export interface Surroundings {
  /** Folder of the wrangler files, without a slash at its end. */
  readonly project: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly terminal: Omit<DeployTerminal, 'interrupted'>;
  readonly deployer: Deployer;
  readonly createWrangler: (surroundings: WranglerSurroundings) => Wrangler;
}

/** Returns the exit code. */
export async function run(
  typed: readonly string[],
  { project, environment, terminal: bare, deployer, createWrangler }: Surroundings,
): Promise<number> {
  const mask = createMask();
  mask.hide([environment.CLOUDFLARE_API_TOKEN, ...roles.flatMap((role) => confidential(givenSecrets(role, environment)))]);
  const masked = maskedTerminal(bare, mask);
  const interruption = new AbortController();
  const interrupted = interruption.signal;
  const untilInterrupted = new Promise<void>((resolve) => interrupted.addEventListener('abort', () => resolve(), { once: true }));
  const terminal: DeployTerminal = {
    ...masked,
    readLine: (question) => bare.readLine(question),
    wait: (milliseconds) => Promise.race([bare.wait(milliseconds), untilInterrupted]),
    interrupted,
  };

  const parsed = parseArguments(typed);
  if (!parsed.ok) {
    terminal.tell(`${parsed.error}\nEverything it can do: ./deploy-cloudflare.sh help`);
    return exitCodes.notUnderstood;
  }
  if (parsed.value.command === 'help') {
    terminal.print(usage);
    return exitCodes.done;
  }
  const invocation = parsed.value;
  let access: { readonly token: string; readonly accountId: string } | undefined;
  const wrangler = createWrangler({ project, environment, access: () => access, interrupted });
  const entered = await enter();
  if (!entered.ok) {
    terminal.tell(`${entered.error}\nNothing was changed.`);
    return exitCodes.wrong;
  }
  return commands[invocation.command]({
    invocation,
    project,
    environment,
    terminal,
    mask,
    deployer,
    wrangler,
    ...entered.value,
    interrupt: () => interruption.abort(),
  });

  async function enter(): Promise<Result<Pick<Session, 'account' | 'lastingAccount'>, string>> {
    const token = await tokenFrom(environment, wrangler);
    if (!token.ok) return token;
    mask.hide([token.value]);
    const baseUrl = (environment.CLOUDFLARE_API_BASE_URL || CLOUDFLARE_API).replace(/\/+$/, '');
    const reach = (ending: AbortSignal, { wait }: Pick<DeployTerminal, 'wait'>) =>
      createCloudflare({ baseUrl, token: token.value, interrupted: ending, wait });
    const cloudflare = reach(interrupted, terminal);
    const accountId = await accountIdFrom(environment, cloudflare);
    if (!accountId.ok) return fail(accountId.error);
    const wanted = readWanted(project, invocation.environment);
    if (!wanted.ok) return wanted;
    const inOneAccount = oneAccount(wanted.value, accountId.value);
    if (!inOneAccount.ok) return inOneAccount;
    access = { token: token.value, accountId: accountId.value };
    // Its pauses last, too: without them all its tries would be made in one moment.
    const lasting = reach(new AbortController().signal, bare);
    return ok({ account: accountOf(cloudflare, accountId.value), lastingAccount: accountOf(lasting, accountId.value) });
  }
}
