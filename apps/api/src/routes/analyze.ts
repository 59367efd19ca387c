/** `POST /api/analyze`: understand a specification. The original answered at once, so this one waits unasked. */
import { submitRoute } from '../submission/submit-route.ts';

export const analyzeRoute = submitRoute('analyze', {
  operationId: 'analyze',
  summary: 'Analyse an API specification',
  description: 'Waits up to 10 seconds for the analysis; `Prefer: respond-async` turns that off.',
  example: {
    specType: 'openapi',
    spec: {
      openapi: '3.0.0',
      info: { title: 'Test API', version: '1.0.0' },
      paths: { '/users': { get: { summary: 'List users' } } },
    },
  },
});
