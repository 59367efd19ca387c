/** The invocation that one webhook call has to itself; reached through `ctx.exports`. */
import { WorkerEntrypoint } from 'cloudflare:workers';
import type { DeliverMessage } from '@mcpoverflow/types';
import type { Env } from '../env.ts';
import { readSettings } from '../settings.ts';
import { deliver, type MessageSource } from './deliver.ts';

export class WebhookCalls extends WorkerEntrypoint<Env> {
  async deliver(message: DeliverMessage, source: MessageSource): Promise<void> {
    await deliver(message, source, this.env, readSettings(this.env));
  }
}
