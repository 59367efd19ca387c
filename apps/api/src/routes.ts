/** Every documented route, in the order in which the documentation shows them. */
import type { DocumentedRoute } from './route.ts';
import { analyzeRoute } from './routes/analyze.ts';
import { batchRoute } from './routes/batch.ts';
import { cancelJobRoute } from './routes/cancel-job.ts';
import { createWebhookSecretRoute } from './routes/create-webhook-secret.ts';
import { deleteDefaultWebhookRoute } from './routes/delete-default-webhook.ts';
import { deleteJobRoute } from './routes/delete-job.ts';
import { fixConnectorRoute } from './routes/fix-connector.ts';
import { generateConnectorRoute } from './routes/generate-connector.ts';
import { generateDocumentationRoute } from './routes/generate-documentation.ts';
import { generateFromDescriptionRoute } from './routes/generate-from-description.ts';
import { generateTestsRoute } from './routes/generate-tests.ts';
import { getDefaultWebhookRoute } from './routes/get-default-webhook.ts';
import { getJobRoute } from './routes/get-job.ts';
import { getWebhookSecretRoute } from './routes/get-webhook-secret.ts';
import { healthRoute } from './routes/health.ts';
import { jobArtifactRoute } from './routes/job-artifact.ts';
import { jobEventsRoute } from './routes/job-events.ts';
import { listDeliveriesRoute } from './routes/list-deliveries.ts';
import { listJobsRoute } from './routes/list-jobs.ts';
import { putDefaultWebhookRoute } from './routes/put-default-webhook.ts';
import { redeliverRoute } from './routes/redeliver.ts';
import { retryJobRoute } from './routes/retry-job.ts';
import { rotateWebhookSecretRoute } from './routes/rotate-webhook-secret.ts';
import { testWebhookRoute } from './routes/test-webhook.ts';
import { validateConnectorRoute } from './routes/validate-connector.ts';

export const routes: readonly DocumentedRoute[] = [
  analyzeRoute,
  generateConnectorRoute,
  generateFromDescriptionRoute,
  generateTestsRoute,
  generateDocumentationRoute,
  validateConnectorRoute,
  fixConnectorRoute,
  batchRoute,
  getJobRoute,
  listJobsRoute,
  jobEventsRoute,
  jobArtifactRoute,
  cancelJobRoute,
  retryJobRoute,
  deleteJobRoute,
  createWebhookSecretRoute,
  getWebhookSecretRoute,
  rotateWebhookSecretRoute,
  testWebhookRoute,
  putDefaultWebhookRoute,
  getDefaultWebhookRoute,
  deleteDefaultWebhookRoute,
  listDeliveriesRoute,
  redeliverRoute,
  healthRoute,
];
