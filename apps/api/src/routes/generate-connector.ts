/** `POST /api/generate-connector`: make a connector from a specification. */
import { submitRoute } from '../submission/submit-route.ts';

export const generateConnectorRoute = submitRoute('generate-connector', {
  operationId: 'generateConnector',
  summary: 'Generate a connector from a specification',
  description: 'The connector has been run before the job is `completed`; see `verification` in the result.',
  example: {
    name: 'Users',
    specType: 'openapi',
    spec: {
      openapi: '3.0.0',
      info: { title: 'Test API', version: '1.0.0' },
      servers: [{ url: 'https://api.example.com' }],
      paths: { '/users': { get: { summary: 'List users', responses: { 200: { description: 'The users' } } } } },
    },
    language: 'typescript',
    runtime: 'cloudflare-workers',
  },
});
