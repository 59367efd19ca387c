/** `POST /api/generate-documentation`: write documentation for an existing connector. */
import { submitRoute } from '../submission/submit-route.ts';

export const generateDocumentationRoute = submitRoute('generate-documentation', {
  operationId: 'generateDocumentation',
  summary: 'Generate documentation for a connector',
  description: 'The connector is named by the job that made it, or sent as files or code.',
  example: {
    connector: { jobId: '7f0c2f0e-3b0a-4c57-9d3c-0b8f4c1de111' },
    spec: { openapi: '3.0.0', info: { title: 'Test API', version: '1.0.0' }, paths: {} },
  },
});
