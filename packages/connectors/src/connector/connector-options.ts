/** From what a submission says to what the generator is asked, with the submission's defaults. */
import { type Parameters, supportedRuntimes } from '@mcpoverflow/types';
import type { ApiModel } from '../model/model.ts';
import type { ConnectorOptions } from './generate-connector.ts';

/** The options of a connector job; a nameless one is called after its API. */
export function connectorOptions(parameters: Parameters, model: ApiModel): ConnectorOptions {
  const { name, language = 'typescript', runtime, selectedEndpoints, authConfig, customizations } = parameters;
  return {
    name: name ?? model.title,
    language,
    runtime: runtime ?? supportedRuntimes(language)[0] ?? 'docker',
    ...(selectedEndpoints === undefined ? {} : { selectedEndpoints }),
    ...(authConfig === undefined ? {} : { authConfig }),
    ...(customizations === undefined ? {} : { customizations }),
  };
}
