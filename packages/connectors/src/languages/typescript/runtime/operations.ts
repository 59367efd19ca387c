/**
 * What this connector offers. Data only; replace it by generating the connector again.
 */
import type { Api, Operations } from './operation.ts';

export const api: Api = { name: 'empty', title: 'Empty API', version: '1', instructions: 'No tools.', credentials: {} };

export const operations: Operations = {};
