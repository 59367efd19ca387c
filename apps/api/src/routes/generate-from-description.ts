/** `POST /api/generate-from-description`: make a connector from words alone. Needs an agent with a mind. */
import { submitRoute } from '../submission/submit-route.ts';

export const generateFromDescriptionRoute = submitRoute('generate-from-description', {
  operationId: 'generateFromDescription',
  summary: 'Generate a connector from a description',
  description: 'Needs OpenHands; on the embedded engine the job fails with `needs-openhands`.',
  example: { description: 'Create a simple connector for GitHub API' },
});
