/** What a submission costs at the very least: a Hono Worker that reads JSON and sends a queue message. Nothing is checked or kept. */
import { Hono } from 'hono';

export default new Hono<{ Bindings: { readonly JOBS_QUEUE: Queue<unknown> } }>().post('/submit', async (c) => {
  await c.req.json();
  await c.env.JOBS_QUEUE.send({ at: Date.now() });
  return c.json({ accepted: true }, 202);
});
