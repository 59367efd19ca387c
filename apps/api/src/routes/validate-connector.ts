/** `POST /api/validate-connector`: run a connector and its tests. */
import { submitRoute } from '../submission/submit-route.ts';

export const validateConnectorRoute = submitRoute('validate-connector', {
  operationId: 'validateConnector',
  summary: 'Validate a connector',
  description: 'Runs the connector, and the tests sent along, and reports what failed.',
  example: { connector: { jobId: '7f0c2f0e-3b0a-4c57-9d3c-0b8f4c1de111' } },
});
