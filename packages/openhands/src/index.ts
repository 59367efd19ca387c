/** The OpenHands client: one interface, its drivers, and the rules for recovering a run. */
export * from './agent.ts';
