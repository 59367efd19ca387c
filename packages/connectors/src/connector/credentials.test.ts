import { describe, expect, test } from 'vitest';
import { credentialsOf } from './credentials.ts';

describe('variables of credentials', () => {
  const variableOf = (name: string) => {
    const scheme = { name, kind: 'apiKey', in: 'header', parameter: 'X-Key' } as const;
    return Object.values(credentialsOf(new Map([[name, scheme]]), new Set([name])))[0];
  };

  test.each([
    ['petstoreAuth', 'PETSTORE_AUTH_KEY'],
    ['aws', 'API_AWS_KEY'],
    ['AWS_ACCESS_KEY', 'API_AWS_ACCESS_KEY'],
    ['awsSessionToken', 'API_AWS_SESSION_TOKEN'],
    ['lambda-runtime', 'API_LAMBDA_RUNTIME_KEY'],
    ['Vercel', 'API_VERCEL_KEY'],
    ['awsome', 'AWSOME_KEY'],
    ['_handler', 'HANDLER_KEY'],
    ['3scale', 'API_3SCALE_KEY'],
  ])('of the scheme %s are called as no platform calls its own: %s', (name, variable) => {
    expect(variableOf(name)).toMatchObject({ variable });
  });

  test('have one name each, though two schemes want it', () => {
    const schemes = ['aws', 'api_aws'].map((name) => [name, { name, kind: 'bearer' }] as const);
    const variables = Object.values(credentialsOf(new Map(schemes), new Set(['aws', 'api_aws'])));
    expect(variables).toEqual([
      { kind: 'bearer', variable: 'API_AWS_TOKEN' },
      { kind: 'bearer', variable: 'API_AWS_TOKEN_2' },
    ]);
  });
});
