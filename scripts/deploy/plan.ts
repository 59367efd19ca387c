/**
 * From what is wanted and what was found to what is to be done: nothing, when all is as it should be. Pure.
 *
 * There is no record of how far a deployment came but the account itself. The one thing that it does not show, whether
 * the canary came through, is the canary's key: it is stored before the first Worker changes and removed after the
 * canary's end, so a key that is still there is a deployment that was not finished.
 */
import { findingsOf } from './findings.ts';
import { type Found, releaseIn } from './found.ts';
import type { Site } from './site.ts';
import { type Role, roles, type Wanted } from './wanted.ts';

export interface ResourcePlan {
  readonly queues: readonly string[];
  readonly createNamespace: boolean;
}

/** What the Workers need before they can be deployed. */
export const planResources = (wanted: Wanted, found: Found): ResourcePlan => ({
  queues: wanted.queues.filter((name) => !found.queues.some(({ queue_name }) => queue_name === name)),
  createNamespace: found.namespaces.length === 0,
});

export interface ReleasePlan {
  /** In their order; empty when all three are as they should be. */
  readonly deploy: readonly Role[];
  /** A first key for a person. */
  readonly createKey: boolean;
  /** Wait for health and send a canary. */
  readonly prove: boolean;
  /** Keys of canaries of deployments that were not finished. */
  readonly leftOver: readonly string[];
}

/** What is to be done with the Workers; `secretsFor` are those that have secrets to be set. */
export function planRelease(wanted: Wanted, found: Found, site: Site, release: string, secretsFor: ReadonlySet<Role>): ReleasePlan {
  const mended = new Set(findingsOf(wanted, found, site).flatMap((finding) => finding.deploy ?? []));
  const deploy = roles.filter((role) => releaseIn(found.workers[role]) !== release || mended.has(role) || secretsFor.has(role));
  return {
    deploy,
    createKey: !found.hasLiveKey,
    prove: deploy.length > 0 || found.canaryKeys.length > 0,
    leftOver: found.canaryKeys,
  };
}

/** Nothing at all is to be done. */
export const isDone = ({ deploy, createKey, prove }: ReleasePlan): boolean => deploy.length === 0 && !createKey && !prove;
