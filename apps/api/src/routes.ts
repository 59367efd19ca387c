/** Every documented route, in the order in which the documentation shows them. */
import type { DocumentedRoute } from './route.ts';
import { abortReplayRoute } from './routes/abort-replay.ts';
import { analyzeRoute } from './routes/analyze.ts';
import { batchRoute } from './routes/batch.ts';
import { cancelJobRoute } from './routes/cancel-job.ts';
import { createWebhookSecretRoute } from './routes/create-webhook-secret.ts';
import { deleteDefaultWebhookRoute } from './routes/delete-default-webhook.ts';
import { deleteJobRoute } from './routes/delete-job.ts';
import { discardDeadLetterRoute } from './routes/discard-dead-letter.ts';
import { discardDeadLettersRoute } from './routes/discard-dead-letters.ts';
import { fixConnectorRoute } from './routes/fix-connector.ts';
import { generateConnectorRoute } from './routes/generate-connector.ts';
import { generateDocumentationRoute } from './routes/generate-documentation.ts';
import { generateFromDescriptionRoute } from './routes/generate-from-description.ts';
import { generateTestsRoute } from './routes/generate-tests.ts';
import { getDeadLetterRoute } from './routes/get-dead-letter.ts';
import { getDefaultWebhookRoute } from './routes/get-default-webhook.ts';
import { getJobRoute } from './routes/get-job.ts';
import { getReplayRoute } from './routes/get-replay.ts';
import { getWebhookSecretRoute } from './routes/get-webhook-secret.ts';
import { groupDeadLettersRoute } from './routes/group-dead-letters.ts';
import { healthRoute } from './routes/health.ts';
import { jobArtifactRoute } from './routes/job-artifact.ts';
import { jobEventsRoute } from './routes/job-events.ts';
import { listDeadLettersRoute } from './routes/list-dead-letters.ts';
import { listDeliveriesRoute } from './routes/list-deliveries.ts';
import { listJobsRoute } from './routes/list-jobs.ts';
import { listReplayItemsRoute } from './routes/list-replay-items.ts';
import { metricsRoute } from './routes/metrics.ts';
import { pauseReplayRoute } from './routes/pause-replay.ts';
import { putDefaultWebhookRoute } from './routes/put-default-webhook.ts';
import { redeliverRoute } from './routes/redeliver.ts';
import { replayDeadLettersRoute } from './routes/replay-dead-letters.ts';
import { resumeReplayRoute } from './routes/resume-replay.ts';
import { retryJobRoute } from './routes/retry-job.ts';
import { revokeKeyRoute } from './routes/revoke-key.ts';
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
  listDeadLettersRoute,
  groupDeadLettersRoute,
  getDeadLetterRoute,
  discardDeadLetterRoute,
  discardDeadLettersRoute,
  replayDeadLettersRoute,
  getReplayRoute,
  listReplayItemsRoute,
  pauseReplayRoute,
  resumeReplayRoute,
  abortReplayRoute,
  revokeKeyRoute,
  healthRoute,
  metricsRoute,
];
