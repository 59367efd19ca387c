/** Types `ctx.exports`: the entrypoints that the consumer's `worker.ts` exports for its own use. */
declare namespace Cloudflare {
  interface GlobalProps {
    mainModule: typeof import('./verification/mock-upstream.ts') & typeof import('./webhooks/webhook-calls.ts');
  }
}
