/**
 * Real specifications, read in place, and the connectors that are made from them.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { type ApiModel, type ConnectorOptions, generateConnector, readModel } from '@mcpoverflow/connectors';
import type { Connector } from '@mcpoverflow/types';

export const corpus = new URL('../../../shared/corpus/', import.meta.url);
export const bookshop = new URL('../../examples/bookshop.yaml', import.meta.url);

/** Names of the corpus' specifications; none when it is not there. */
export const corpusFiles = (): readonly string[] =>
  existsSync(corpus) ? readdirSync(corpus).filter((name) => /\.(json|yaml|graphql)$/.test(name)) : [];

/** The model of a specification whose name tells what it is; its text may be at hand already. */
export function modelOf(file: URL, text: string = readFileSync(file, 'utf8')): ApiModel {
  const name = file.pathname.split('/').at(-1) ?? '';
  const isGraphql = name.endsWith('.graphql');
  const model = readModel({
    text,
    specType: isGraphql ? 'graphql' : name.startsWith('postman') ? 'postman' : 'openapi',
    format: isGraphql ? 'graphql' : name.endsWith('.json') ? 'json' : 'yaml',
  });
  if (!model.ok) throw new Error(`${name}: ${model.error.message}`);
  return model.value;
}

/** A connector in TypeScript for Docker, unless the options say otherwise. */
export function connectorOf(model: ApiModel, options: Partial<ConnectorOptions> = {}): Omit<Connector, 'verification'> {
  const connector = generateConnector(model, { name: 'Test connector', language: 'typescript', runtime: 'docker', ...options });
  if (!connector.ok) throw new Error(connector.error.message);
  return connector.value;
}
