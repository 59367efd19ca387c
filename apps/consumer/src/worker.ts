import { DurableObject, WorkerEntrypoint } from 'cloudflare:workers';
export class Job extends DurableObject {
  async hello() {
    return 'job ';
  }
  async alarm() {}
}
export class JobIndex extends DurableObject {}
export class AgentPool extends DurableObject {}
export class ParkedMessages extends DurableObject {}
export class Consumer extends WorkerEntrypoint<any> {
  async hi() {
    return (
      'hi ' + (await (await this.env.EMBEDDED_AGENT.fetch('http://x/')).text()) + (await this.env.AI_JOBS.get('a')) + Object.keys(this.env)
    );
  }
}
export default {
  async queue(b: any) {
    console.log('got', b.queue, b.messages.length);
  },
};
