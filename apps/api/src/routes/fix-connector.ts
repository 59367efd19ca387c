/** `POST /api/fix-connector`: mend a connector that fails with a known error. */
import { submitRoute } from '../submission/submit-route.ts';

export const fixConnectorRoute = submitRoute('fix-connector', {
  operationId: 'fixConnector',
  summary: 'Fix a connector',
  description: 'Takes the error as it was seen; the result explains what was changed.',
  example: {
    connector: { code: 'export default {};', language: 'typescript' },
    error: { message: 'TypeError: fetch is not a function' },
  },
});
