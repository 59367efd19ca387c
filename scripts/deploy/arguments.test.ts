import { expect, test } from 'vitest';
import { parseArguments } from './arguments.ts';

const plain = { updateSecrets: false, to: undefined, yes: false, url: undefined };

test('deploy is production, and every other command is about production unless it is told', () => {
  expect(parseArguments(['deploy'])).toEqual({ ok: true, value: { ...plain, command: 'deploy', environment: 'production' } });
  expect(parseArguments(['deploy-staging', '--update-secrets'])).toEqual({
    ok: true,
    value: { ...plain, command: 'deploy', environment: 'staging', updateSecrets: true },
  });
  expect(parseArguments(['logs'])).toMatchObject({ value: { command: 'logs', environment: 'production' } });
  expect(parseArguments(['rollback', 'staging', '--to', '0123456789ab', '--yes'])).toMatchObject({
    value: { command: 'rollback', environment: 'staging', to: '0123456789ab', yes: true },
  });
});

test.each([
  [[], 'Say what to do.'],
  [['deplyo'], 'There is no command "deplyo".'],
  [['deploy', 'staging'], '`deploy` takes flags only.'],
  [['deploy', '--yes'], '`deploy` does not take --yes.'],
  [['destroy'], 'Say which environment to destroy: staging or production.'],
  [['destroy', 'staging', '--yes'], '`destroy` does not take --yes.'],
  [['status', 'prod'], 'The environment is staging or production, not "prod".'],
  [['status', '--url', 'ftp://x'], '--url must be an http or https address.'],
])('%j is not understood', (typed, error) => {
  expect(parseArguments(typed)).toEqual({ ok: false, error });
});
