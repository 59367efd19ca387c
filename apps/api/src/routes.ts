/** Every documented route, in the order in which the documentation shows them. */
import type { DocumentedRoute } from './route.ts';
import { analyzeRoute } from './routes/analyze.ts';
import { batchRoute } from './routes/batch.ts';
import { cancelJobRoute } from './routes/cancel-job.ts';
import { deleteJobRoute } from './routes/delete-job.ts';
import { fixConnectorRoute } from './routes/fix-connector.ts';
import { generateConnectorRoute } from './routes/generate-connector.ts';
import { generateDocumentationRoute } from './routes/generate-documentation.ts';
import { generateFromDescriptionRoute } from './routes/generate-from-description.ts';
import { generateTestsRoute } from './routes/generate-tests.ts';
import { getJobRoute } from './routes/get-job.ts';
import { healthRoute } from './routes/health.ts';
import { jobArtifactRoute } from './routes/job-artifact.ts';
import { jobEventsRoute } from './routes/job-events.ts';
import { listJobsRoute } from './routes/list-jobs.ts';
import { retryJobRoute } from './routes/retry-job.ts';
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
  healthRoute,
];
