/**
 * Specification in, connector out: pure functions without I/O and without a clock.
 */

export { analyze } from './analysis/analyze.ts';
export { ENGINE_VERSION } from './engine-version.ts';
export type { SpecificationFault } from './fault.ts';
export { type MockRequest, type MockResponse, type MockUpstream, mockUpstream } from './mock/mock-upstream.ts';
export { type SampleCall, sampleCalls } from './mock/sample-calls.ts';
export { buildModel } from './model/build-model.ts';
export type { ApiModel } from './model/model.ts';
export { readSpecification } from './specification/read-specification.ts';
export { COMPATIBILITY_DATE } from './typescript/connector-files.ts';
export { connectorOptions } from './typescript/connector-options.ts';
export { type ConnectorOptions, generateConnector } from './typescript/generate-connector.ts';
