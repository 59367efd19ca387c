/**
 * Specification in, connector out: pure functions without I/O and without a clock.
 */

export { analyze } from './analysis/analyze.ts';
export { connectorOptions } from './connector/connector-options.ts';
export { type ConnectorOptions, generateConnector, type PlannedConnector, planConnector } from './connector/generate-connector.ts';
export { planCalls } from './connector/plan-calls.ts';
export { selectOperations } from './connector/select-operations.ts';
export { generateDocumentation } from './documentation/generate-documentation.ts';
export { ENGINE_VERSION } from './engine-version.ts';
export type { SpecificationFault } from './fault.ts';
export { languages } from './languages/index.ts';
export type { ConnectorCommands, ConnectorLanguage, ConnectorPlan } from './languages/language.ts';
export { COMPATIBILITY_DATE } from './languages/typescript/targets.ts';
export type { WireAnswer, WireCase, WireRequest } from './languages/wire-case.ts';
export { type MockRequest, type MockResponse, type MockUpstream, mockUpstream, type ReachedOperation } from './mock/mock-upstream.ts';
export { mockedPlan } from './mock/mocked-plan.ts';
export { placeholderValues } from './mock/placeholder-values.ts';
export { type SampleCall, sampleCalls } from './mock/sample-calls.ts';
export type { ApiModel } from './model/model.ts';
export { buildModel } from './readers/build-model.ts';
export { readModel } from './readers/read-model.ts';
export { readSpecification } from './readers/read-specification.ts';
export { type RecognisedConnector, recogniseConnector } from './recognition/recognise-connector.ts';
export { isSentByWorkers } from './tools/build-tools.ts';
export { type GeneratedSuite, generateTests } from './wire-cases/generate-tests.ts';
export { type WireCases, wireCases } from './wire-cases/wire-cases.ts';
