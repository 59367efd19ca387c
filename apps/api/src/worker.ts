export default {
  fetch: async (_r: Request, env: any) => {
    await env.JOBS_QUEUE.send({ x: 1 });
    await env.AI_JOBS.put('a', 'b');
    const s = env.JOB.get(env.JOB.idFromName('a'));
    return new Response((await s.hello()) + (await env.CONSUMER.hi()));
  },
};
