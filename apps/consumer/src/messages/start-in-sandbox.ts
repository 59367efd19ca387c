/**
 * Starting a run that has a machine of its own, which comes into being with it: create → wait for the
 * machine → upload → message. Each turn goes as far as it can and looks first at what there is, so a turn
 * that was cut off anywhere is simply done again: a file may be written twice, and the message is sent
 * only to a conversation that holds none.
 */
import type { Agent, AgentFault, RunSnapshot, StartRun } from '@mcpoverflow/openhands';
import { outcomeOfFault } from '../agent/agent-fault.ts';
import type { Work } from '../job/begin.ts';
import type { Outcome } from '../job/finish.ts';
import { type UploadContext, uploadInput } from './upload-input.ts';

/** A machine takes from ten seconds to two minutes. */
const PREPARING_MS = 3_000;

/** Brings the run one or more steps further; `started` once it has its message. */
export async function startInSandbox(work: Work, agent: Agent, request: StartRun, upload: UploadContext): Promise<Outcome> {
  const { signal } = upload;
  const found = work.mayExist ? await agent.get(work.conversationId, signal) : null;
  if (found !== null && !found.ok) return outcomeOfFault(found.error);
  if (found !== null && found.value !== null) return goOn(found.value, work, agent, request, upload);
  if (!work.mayCreate) return { kind: 'quiet' };
  const created = await agent.start(request, signal);
  return created.ok ? goOn(created.value, work, agent, request, upload) : outcomeOfFault(created.error);
}

async function goOn(run: RunSnapshot, work: Work, agent: Agent, request: StartRun, upload: UploadContext): Promise<Outcome> {
  const { signal } = upload;
  const preparing: Outcome = { kind: 'preparing', retryInMs: PREPARING_MS };
  if (run.status === 'starting') return preparing;
  if (run.status === 'suspended') {
    const resumed = await agent.resume(run.id, signal);
    return resumed.ok ? preparing : faultOfExisting(resumed.error);
  }
  // Whatever else it is, it has its message or will never take one: the collect turn judges it.
  if (run.status !== 'idle' || run.hasUserMessage) return { kind: 'started' };
  const messages = await agent.userMessageCount(run.id, signal);
  if (!messages.ok) return faultOfExisting(messages.error);
  if (messages.value > 0) return { kind: 'started' };

  const uploaded = await uploadInput(work, upload);
  if (!uploaded.ok) return mayExist(uploaded.error);
  const sent = await agent.send(run.id, request.prompt, signal);
  return sent.ok ? { kind: 'started' } : faultOfExisting(sent.error);
}

const faultOfExisting = (fault: AgentFault): Outcome => mayExist(outcomeOfFault(fault));

/** The run is there, whatever went wrong: the next turn looks for it before it creates one, and the end of the job ends it. */
const mayExist = (outcome: Outcome): Outcome =>
  outcome.kind === 'retry' || outcome.kind === 'failed' ? { ...outcome, ambiguous: true } : outcome;
