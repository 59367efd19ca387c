/**
 * Queue messages. They hold ids only: the Job is the truth, a message merely says "look now", so a
 * message that is lost, late, doubled or reordered changes nothing. `v` versions the envelope because
 * old and new code read the same queue during a deploy.
 */
import * as z from 'zod';
import { uuidSchema } from './ids.ts';

const common = {
  v: z.literal(1),
  jobId: uuidSchema,
  /** W3C trace context: it does not cross queues by itself. */
  traceparent: z.string().max(64).optional(),
};

export const turnKinds = ['start', 'collect'] as const;
export type TurnKind = (typeof turnKinds)[number];
export const jobMessageSchema = z.object({
  ...common,
  kind: z.enum(turnKinds),
  generation: z.number().int().positive(),
  turn: z.number().int().positive(),
});
export type JobMessage = z.infer<typeof jobMessageSchema>;

/** A webhook call that is due now. `attempt` is the one it is for: a message for an earlier one does nothing. */
export const deliverMessageSchema = z.object({
  ...common,
  kind: z.literal('deliver'),
  deliveryId: z.string().max(64),
  attempt: z.number().int().positive(),
});
export type DeliverMessage = z.infer<typeof deliverMessageSchema>;
