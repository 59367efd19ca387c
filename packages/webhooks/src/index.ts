/** Webhooks: whom we may call, how a call is signed, when it is tried again, what may be shown of it. No I/O but through ports. */
export * from './address-rules.ts';
export * from './destination.ts';
export * from './mask.ts';
export * from './own-hosts.ts';
export * from './read-start.ts';
export * from './resolve-host.ts';
export * from './schedule.ts';
export * from './signature.ts';
export * from './url-rules.ts';
