/** How a person brings a connector to a place, where that is the same in every language. Markdown. */

/** With the image that the connector's Dockerfile makes. */
export const DOCKER_DEPLOYMENT = [
  '```bash',
  'docker build -t connector .',
  'docker run --rm -p 127.0.0.1:3000:3000 --env-file .env connector',
  '```',
  '',
  'Reached under another name than localhost, it needs `CONNECTOR_TOKEN` or that name in `ALLOWED_HOSTS`.',
].join('\n');

/** With Vercel's own command line, without anything of the connector's language. */
export const VERCEL_DEPLOYMENT = 'Variables are set with `npx vercel env add NAME`, then `npx vercel deploy --prod` brings it to Vercel.';
