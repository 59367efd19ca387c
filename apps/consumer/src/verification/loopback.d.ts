/** Types `ctx.exports`: the consumer's `worker.ts` exports these entrypoints, so a handler can bind one to an isolate it loads. */
declare namespace Cloudflare {
  interface GlobalProps {
    mainModule: typeof import('./mock-upstream.ts');
  }
}
