/** What a person reads when the engine is up: the address, and two commands that work as they stand. */
export function greeting(url: string): string {
  const analysis = {
    specType: 'openapi',
    spec: {
      openapi: '3.0.0',
      info: { title: 'Test API', version: '1.0.0' },
      paths: { '/users': { get: { summary: 'List users' } } },
    },
  };
  const elsewhere = url === 'http://127.0.0.1:8787' ? '' : ` --url ${url}`;
  return `
MCPoverflow AI Engine is ready on ${url}

Try it:
  curl -X POST ${url}/api/analyze -H 'Content-Type: application/json' -d '${JSON.stringify(analysis)}'

Get a connector for an API, in a folder of its own (in a second terminal):
  npm run jobs -- submit examples/bookshop.yaml${elsewhere}

API reference: ${url}/docs   Stop with Ctrl-C.
`;
}
