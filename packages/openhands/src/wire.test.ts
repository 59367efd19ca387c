import { usageSchema } from '@mcpoverflow/types';
import { describe, expect, test } from 'vitest';
import { appConversationSchema, snapshotOfConversation } from './cloud-wire.ts';
import { conversationSchema, snapshotOf } from './wire.ts';

const id = '6f1f0000-0000-4000-8000-000000000001';

const figuresOf = (cost: unknown, tokens: unknown, model: unknown = 'model') => {
  const metrics = { accumulated_cost: cost, accumulated_token_usage: { prompt_tokens: tokens, completion_tokens: 7 }, model_name: model };
  const own = snapshotOf(conversationSchema.parse({ id, stats: { usage_to_metrics: { agent: metrics } } }));
  const cloud = snapshotOfConversation(appConversationSchema.parse({ id, sandbox_id: 'sandbox', metrics, llm_model: model }));
  return [own, cloud];
};

describe('the figures of a run', () => {
  test.each([1.5, -1, 2 ** 53, 1e300, Number.POSITIVE_INFINITY, '7', null])(
    'count %s tokens as none: a Job could not keep it',
    (tokens) => {
      for (const { promptTokens } of figuresOf(1, tokens)) expect(promptTokens).toBe(0);
    },
  );

  test.each([
    [0.25, 0.25],
    [1e300, 1e6],
    [-1, 0],
    ['dear', 0],
    [Number.POSITIVE_INFINITY, 0],
  ])('tell a cost of %s as %s US dollars', (told, costUsd) => {
    for (const snapshot of figuresOf(told, 1)) expect(snapshot.costUsd).toBe(costUsd);
  });

  test('leave the rest of a figure that cannot be read as it is, and cut the name of the model', () => {
    for (const snapshot of figuresOf(0.5, 1.5, 'm'.repeat(5000))) {
      expect(snapshot).toMatchObject({ costUsd: 0.5, completionTokens: 7, model: 'm'.repeat(200) });
    }
  });

  test('can be kept as they are, however many models there are', () => {
    const metrics = { accumulated_cost: 1e6, accumulated_token_usage: { prompt_tokens: 1e12, completion_tokens: 1e12 } };
    const usages = Object.fromEntries(Array.from({ length: 20_000 }, (_, index) => [index, metrics]));
    const snapshot = snapshotOf(conversationSchema.parse({ id, stats: { usage_to_metrics: usages } }));
    expect(usageSchema.safeParse(snapshot).success).toBe(true);
    expect(snapshot).toMatchObject({ costUsd: 1e6, promptTokens: 1e12 });
  });
});
