/**
 * Advice for whoever builds tools on this API: each line follows from something in the document.
 */
import { objectOr } from '../json.ts';
import type { ApiModel, ApiOperation } from '../model/model.ts';

/** Above this many tools models choose badly and tool lists fill the context. */
const COMFORTABLE_TOOLS = 128;

/** Advice in order of weight; empty when there is nothing to say. */
export function bestPractices(model: ApiModel): string[] {
  const { operations } = model;
  const undescribed = operations.filter((operation) => operation.summary === undefined && operation.description === undefined).length;
  const deprecated = operations.filter((operation) => operation.deprecated).length;
  const deletes = operations.filter(isDeletion).length;
  const paged = operations.filter((operation) => argumentNames(operation).some((name) => paging.test(name))).length;
  const errors = model.issues.filter(({ severity }) => severity === 'error').length;
  const needCredentials = operations.filter((operation) => operation.security.some((alternative) => alternative.length > 0)).length;
  const unsupported = [...model.securitySchemes.values()].filter((scheme) => scheme.kind === 'unsupported');
  const advice: (string | false)[] = [
    operations.length > COMFORTABLE_TOOLS &&
      `Select endpoints: ${operations.length} tools are more than a model can choose from well; ${COMFORTABLE_TOOLS} or fewer work best.`,
    model.baseUrl === undefined && operations.length > 0 && 'Set BASE_URL: the specification names no absolute server address.',
    model.baseUrl?.startsWith('http:') === true &&
      'Set BASE_URL to an https address: the specification names an http one, which sends credentials in the clear.',
    errors > 0 && `Mend the specification: ${errors} of its parts could not be read and were left out. The issues tell which.`,
    needCredentials > 0 &&
      `Store credentials as secrets of the connector. Operations that ask for them: ${needCredentials} of ${operations.length}.`,
    needCredentials === 0 &&
      operations.length > 0 &&
      model.securitySchemes.size === 0 &&
      'The specification names no authentication; pass authConfig when the API needs one.',
    unsupported.length > 0 && `Credentials of the kind ${unsupported.map(({ name }) => name).join(', ')} cannot be sent by a connector.`,
    deletes > 0 && `Ask a person before destructive calls. Operations that delete: ${deletes}.`,
    paged > 0 && `Ask for small pages. Operations that page their answers: ${paged}.`,
    undescribed > 0 && `Describe what operations do: a model chooses tools by their words. Operations without any: ${undescribed}.`,
    deprecated > 0 && `Leave out deprecated operations: ${deprecated}.`,
  ];
  return advice.filter((line) => line !== false);
}

const paging = /^(page|page_?(token|number|index)|cursor|offset|after|starting_?after|skip|\$skip|continue|start_?cursor)$/i;

/** Names of parameters, and of the variables of a GraphQL operation. */
const argumentNames = (operation: ApiOperation): readonly string[] => [
  ...operation.parameters.map(({ name }) => name),
  ...(operation.graphql === undefined ? [] : Object.keys(objectOr(objectOr(operation.body?.media[0]?.schema).properties))),
];

/** By its method, or by the name of a GraphQL mutation. */
const isDeletion = ({ method, graphql, operationId }: ApiOperation): boolean =>
  method === 'DELETE' || (graphql !== undefined && /^(delete|remove|destroy|purge)/i.test(operationId ?? ''));
