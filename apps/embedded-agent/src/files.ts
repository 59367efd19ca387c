/**
 * The agent's disk: whole files under absolute paths, kept as rows of at most a mebibyte, because a row
 * may hold two. A file belongs to the conversation whose working directory it lies in and goes with it;
 * one whose conversation was never created is swept after a day.
 */
import * as z from 'zod';

const CHUNK_BYTES = 1024 * 1024;
/** The largest specification (25 MiB) with room for what is made of it. */
export const MAX_FILE_BYTES = 32 * 1024 * 1024;
const ORPHAN_AGE_MS = 24 * 60 * 60 * 1000;

/** An absolute path without empty, `.` or `..` parts: one name per file, nothing outside a directory by way of it. */
export const absolutePathSchema = z
  .string()
  .max(1024)
  .refine(
    (path) =>
      path.startsWith('/') &&
      path
        .slice(1)
        .split('/')
        .every((part) => part !== '' && part !== '.' && part !== '..'),
    'Path must be absolute and without empty, "." or ".." parts',
  );

const sizeRowSchema = z.object({ size: z.number().nullable() });
const chunkRowSchema = z.object({ bytes: z.instanceof(ArrayBuffer) });

export interface Files {
  /** Replaces the file. The caller keeps to {@link MAX_FILE_BYTES}. */
  write(path: string, content: Uint8Array, at: number): void;
  /** Null when there is no such file. */
  read(path: string): Uint8Array<ArrayBuffer> | null;
  /** As UTF-8; decodes row by row, since a large specification must not be in memory as bytes and as text. */
  readText(path: string): string | null;
  /** Removes everything below the directory. */
  removeBelow(directory: string): void;
  /** Removes files older than a day that lie in no conversation's working directory. */
  sweepOrphans(now: number): void;
}

/** The `files` table. Times are milliseconds since the epoch. */
export function createFiles(sql: SqlStorage): Files {
  const sizeOf = (path: string): number | null =>
    sizeRowSchema.parse(sql.exec('SELECT SUM(LENGTH(bytes)) AS size FROM files WHERE path = ?', path).one()).size;

  function* chunksOf(path: string): Generator<Uint8Array> {
    for (const row of sql.exec('SELECT bytes FROM files WHERE path = ? ORDER BY chunk', path)) {
      yield new Uint8Array(chunkRowSchema.parse(row).bytes);
    }
  }

  return {
    write(path, content, at) {
      sql.exec('DELETE FROM files WHERE path = ?', path);
      // An empty file is one empty chunk.
      for (let chunk = 0; chunk === 0 || chunk * CHUNK_BYTES < content.byteLength; chunk += 1) {
        const bytes = content.slice(chunk * CHUNK_BYTES, (chunk + 1) * CHUNK_BYTES);
        sql.exec('INSERT INTO files (path, chunk, bytes, stored_at) VALUES (?, ?, ?, ?)', path, chunk, bytes.buffer, at);
      }
    },
    read(path) {
      const size = sizeOf(path);
      if (size === null) return null;
      const content = new Uint8Array(size);
      let offset = 0;
      for (const chunk of chunksOf(path)) {
        content.set(chunk, offset);
        offset += chunk.byteLength;
      }
      return content;
    },
    readText(path) {
      if (sizeOf(path) === null) return null;
      const decoder = new TextDecoder();
      const parts: string[] = [];
      for (const chunk of chunksOf(path)) parts.push(decoder.decode(chunk, { stream: true }));
      return parts.join('') + decoder.decode();
    },
    removeBelow(directory) {
      // A range instead of LIKE: it needs no escaping and uses the key. '0' is the character after '/'.
      sql.exec("DELETE FROM files WHERE path >= ? || '/' AND path < ? || '0'", directory, directory);
    },
    sweepOrphans(now) {
      sql.exec(
        `DELETE FROM files WHERE stored_at < ? AND NOT EXISTS (
           SELECT 1 FROM conversations WHERE files.path >= working_dir || '/' AND files.path < working_dir || '0')`,
        now - ORPHAN_AGE_MS,
      );
    },
  };
}
