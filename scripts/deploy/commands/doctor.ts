/** `doctor`: looks at everything, changes nothing, and ends with 1 when something is not as it should be. */
import { readHealth } from '../engine.ts';
import { deployCommand, type Finding, findingsOf } from '../findings.ts';
import { exitCodes, type Session } from '../session.ts';
import { situationOf } from '../situation.ts';

/** Returns the exit code. */
export async function doctor(session: Session): Promise<number> {
  const { terminal, invocation } = session;
  const situation = await situationOf(session);
  if (!situation.ok) {
    terminal.tell(situation.error);
    return exitCodes.wrong;
  }
  const { wanted, found, site } = situation.value;
  const asked = found.workers.api === undefined ? [] : await healthFindings(session, invocation.url ?? site.url);
  const findings = [...findingsOf(wanted, found, site), ...asked];
  if (findings.length === 0) {
    terminal.print(`${invocation.environment} is as it should be.`);
    return exitCodes.done;
  }
  terminal.print(findings.map(({ what, mend }) => `${what}\n  mend: ${mend}`).join('\n'));
  return exitCodes.wrong;
}

async function healthFindings({ invocation, terminal }: Session, url: string): Promise<readonly Finding[]> {
  const logs = `./deploy-cloudflare.sh logs ${invocation.environment}`;
  const health = await readHealth(url, terminal.interrupted);
  if (!health.ok) return [{ what: health.error, mend: `${logs}; a new domain may need some minutes` }];
  const { status, openhands, environment } = health.value;
  const reason = openhands.message ?? 'it does not say why';
  return [
    ...(status === 'unhealthy' ? [{ what: `${url}/health is unhealthy: ${reason}`, mend: logs }] : []),
    ...(status !== 'unhealthy' && !openhands.healthy
      ? [
          {
            what: `OpenHands does not answer: ${reason}`,
            mend: `check OPENHANDS_API_URL and OPENHANDS_API_KEY, then ${deployCommand(invocation)} --update-secrets`,
          },
        ]
      : []),
    ...(environment === invocation.environment
      ? []
      : [{ what: `${url} is the environment ${environment}, not ${invocation.environment}.`, mend: deployCommand(invocation) }]),
  ];
}
