/** Specifications that differ and cost little: three operations each, under a title of their own. */
export function smallSpecification(title: string): object {
  const answer = { 200: { description: 'Done.', content: { 'application/json': { schema: { type: 'object' } } } } };
  const id = { name: 'id', in: 'path', required: true, schema: { type: 'integer' } };
  return {
    openapi: '3.1.0',
    info: { title, version: '1.0.0' },
    servers: [{ url: 'https://api.example.com' }],
    paths: {
      '/pets': {
        get: { operationId: 'listPets', summary: `List the pets of ${title}`, responses: answer },
        post: {
          operationId: 'addPet',
          requestBody: { content: { 'application/json': { schema: { type: 'object', properties: { name: { type: 'string' } } } } } },
          responses: answer,
        },
      },
      '/pets/{id}': { get: { operationId: 'getPet', parameters: [id], responses: answer } },
    },
  };
}
