import { expect, test } from 'vitest';
import { customizationsSchema } from './submissions.ts';

test.each(['https://user:password@api.example/', 'https://user@api.example/', 'https://:password@api.example/'])(
  'a connector has no password in its address: %s is refused',
  (baseUrl) => {
    expect(customizationsSchema.safeParse({ baseUrl }).success).toBe(false);
  },
);

test.each(['https://api.example', 'http://127.0.0.1:8080/v1', 'https://api.example/@me?of=a@b'])('%s is an address', (baseUrl) => {
  expect(customizationsSchema.safeParse({ baseUrl }).success).toBe(true);
});
