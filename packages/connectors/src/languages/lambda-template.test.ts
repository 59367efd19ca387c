import { load } from 'js-yaml';
import { expect, test } from 'vitest';
import * as z from 'zod';
import { planConnector } from '../connector/generate-connector.ts';
import { buildModel } from '../readers/build-model.ts';
import { languages } from './index.ts';
import { variablesOf } from './readme.ts';

/** Texts that end YAML strings, if anything can, and two schemes whose variables differ by their underscores alone. */
const hostile = `'"\\ \n x: y # \u2028 !Ref A`;
const model = buildModel({
  openapi: '3.1.0',
  info: { title: hostile, version: '1' },
  servers: [{ url: 'https://api.example' }],
  security: [{ a1_b: [] }, { a_1b: [] }, { account: [] }],
  components: {
    securitySchemes: {
      a1_b: { type: 'apiKey', in: 'query', name: hostile },
      a_1b: { type: 'apiKey', in: 'query', name: 'k' },
      account: { type: 'http', scheme: 'basic' },
    },
  },
  paths: { '/a': { get: { responses: {} } } },
});

const templateSchema = z.object({
  Parameters: z.record(z.string().regex(/^[A-Za-z0-9]+$/), z.record(z.string(), z.unknown())),
  Resources: z.object({
    Connector: z.object({ Properties: z.object({ Environment: z.object({ Variables: z.record(z.string(), z.string()) }) }) }),
  }),
});

test.each([
  ['/api/v3', 'the specification names only its path /api/v3, include that'],
  ['/', 'the specification names none'],
  ['{host}/v1', 'the specification names none'],
])('whoever says where the API lives is told what the specification knows of it: %s', (url, known) => {
  const planned = buildModel({ openapi: '3.0.0', servers: [{ url }], paths: { '/a': { get: { responses: {} } } } });
  if (!planned.ok) throw new Error(planned.error.message);
  for (const language of ['typescript', 'python', 'go'] as const) {
    const connector = planConnector(planned.value, { name: 'x', language, runtime: 'lambda' });
    const files = connector.ok ? languages[language].connectorFiles(connector.value.plan) : [];
    for (const name of ['README.md', '.env.example', 'template.yaml'])
      expect(files.find(({ path }) => path === name)?.content).toContain(`address of the API; needed, ${known}`);
  }
  const told = planned.value.issues.filter(({ message }) => message.startsWith('No host is named'));
  expect(told.map(({ pointer }) => pointer)).toEqual(url === '/api/v3' ? ['/servers/0'] : []);
});

test.each(['typescript', 'python', 'go'] as const)('a deployment of %s sets every variable and resets none', (language) => {
  if (!model.ok) throw new Error(model.error.message);
  const planned = planConnector(model.value, { name: 'x', language, runtime: 'lambda' });
  if (!planned.ok) throw new Error(planned.error.message);
  const { plan } = planned.value;
  const text = languages[language].connectorFiles(plan).find(({ path }) => path === 'template.yaml')?.content ?? '';
  // The short form of CloudFormation's reference is a tag of its own.
  const template = templateSchema.parse(load(text.replaceAll('!Ref ', '').replaceAll('!GetAtt ', '')));
  const { Variables } = template.Resources.Connector.Properties.Environment;
  expect(Object.keys(Variables).toSorted()).toEqual(
    variablesOf(plan)
      .map(({ name }) => name)
      .toSorted(),
  );
  expect(Object.values(Variables)).toEqual(Object.keys(template.Parameters));
  for (const [variable, parameter] of Object.entries(Variables)) {
    const rule = variable === 'CONNECTOR_TOKEN' ? { MinLength: 16 } : { Default: '' };
    expect(template.Parameters[parameter]).toMatchObject({ Type: 'String', NoEcho: true, ...rule });
  }
});
