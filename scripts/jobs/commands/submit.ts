/** `submit FILE`: reads the file, makes the submission its type asks for, and sees the job through. */
import { readFileSync } from 'node:fs';
import { fail, ok, type Result } from '@mcpoverflow/types';
import { plainText } from '../../terminal/plain-text.ts';
import { type Invocation, nameFromFile, type Options } from '../arguments.ts';
import type { EngineClient } from '../engine-client.ts';
import { seeThrough } from '../see-through.ts';
import { guessSpecificationType } from '../specification-type.ts';

/** Returns the exit code. */
export async function submit(client: EngineClient, invocation: Invocation): Promise<number> {
  const { options, subject: file } = invocation;
  const text = readText(file);
  const body = text.ok ? submissionFor(text.value, file, options) : text;
  if (!body.ok) {
    console.error(plainText(body.error));
    return 2;
  }
  const jobId = await client.submit(options.type, body.value, options['idempotency-key']);
  if (!jobId.ok) {
    console.error(plainText(jobId.error.sentence));
    return 1;
  }
  console.error(`Job ${jobId.value}`);
  return seeThrough(client, jobId.value, invocation);
}

function readText(file: string): Result<string, string> {
  try {
    return ok(readFileSync(file, 'utf8'));
  } catch {
    return fail(`${file} cannot be read. Is the name right?`);
  }
}

/** The request's body. What the engine can judge better than we can (sizes, versions, fields) is left to it. */
export function submissionFor(text: string, file: string, options: Options): Result<unknown, string> {
  const target = {
    ...(options.language === undefined ? {} : { language: options.language }),
    ...(options.runtime === undefined ? {} : { runtime: options.runtime }),
  };
  if (options.type === 'generate-from-description') return ok({ description: text, ...target });
  if (options.type === 'analyze' || options.type === 'generate-connector') {
    const specType = options['spec-type'] ?? guessSpecificationType(text);
    if (specType === undefined) {
      return fail(`${file} does not look like OpenAPI, GraphQL or Postman. If it is one, say which: --spec-type openapi`);
    }
    return ok({
      specType,
      spec: text,
      ...(options.type === 'analyze' ? {} : { name: options.name ?? nameFromFile(file), ...target }),
    });
  }
  try {
    return ok(JSON.parse(text));
  } catch {
    return fail(`For --type ${options.type} the file is the JSON body of that call, and ${file} is not JSON.`);
  }
}
