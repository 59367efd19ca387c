/**
 * Unpacks a connector into a folder. The zip came over a network and its names were made by an agent, so
 * every name is checked by the contract's own rule (relative, no "..") before anything is written, and a
 * single bad one refuses all.
 */
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fail, filePathSchema, ok, type Result } from '@mcpoverflow/types';
import { unzipSync } from 'fflate';

const MAX_UNPACKED_BYTES = 256 * 1024 * 1024;

/** Returns the paths written, relative to `folder`. The error is a sentence; then nothing was written. */
export function unpack(zip: Uint8Array, folder: string): Result<readonly string[], string> {
  let unpackedBytes = 0;
  let entries: Record<string, Uint8Array>;
  try {
    entries = unzipSync(zip, {
      filter: (entry) => {
        unpackedBytes += entry.originalSize;
        if (unpackedBytes > MAX_UNPACKED_BYTES) throw new RangeError('too large');
        return !entry.name.endsWith('/');
      },
    });
  } catch (error) {
    return fail(error instanceof RangeError ? 'The connector is too large to unpack.' : 'The download is not a readable zip file.');
  }
  const paths = Object.keys(entries);
  if (paths.some((path) => !filePathSchema.safeParse(path).success)) {
    return fail('The download names files outside of its folder; nothing was written.');
  }
  for (const [path, content] of Object.entries(entries)) {
    const file = join(folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
  }
  return ok(paths.toSorted());
}

/** A folder of that name in `directory` that is not there yet or empty: `name`, else `name-2`, `name-3`, … */
export function freshFolder(directory: string, name: string): string {
  const safe =
    name
      .normalize('NFKD')
      .toLowerCase()
      .replace(/[^a-z0-9._-]+/g, '-')
      .replace(/^[-.]+|[-.]+$/g, '')
      .slice(0, 60) || 'connector';
  for (let number = 1; ; number += 1) {
    const folder = join(directory, number === 1 ? safe : `${safe}-${number}`);
    if (!existsSync(folder) || readdirSync(folder).length === 0) return folder;
  }
}
