/**
 * The Job's rows. The synchronous key-value interface of a SQLite object is used instead of tables of
 * our own: creating tables would cost more rows than the job itself writes.
 *
 * | key | what |
 * | --- | --- |
 * | `state` | the state document (`state.ts`), or a tombstone |
 * | `input:<file>:<chunk>` | input file number <file>, gzip, at most 1 MiB a chunk |
 * | `input:<revision>-<file>:<chunk>` | the same of a submission that a replay changed, from revision 2 on |
 * | `submission:<revision>` | what a replay changed, before and after: parameters, options, names of files |
 * | `result:<chunk>` | the result, gzipped JSON, at most 1 MiB a chunk |
 */
import { joinBytes } from '@mcpoverflow/types';
import { migrateRow } from './migrations.ts';
import { type Stored, type Submission, storedSchema, submissionSchema } from './state.ts';

const CHUNK_BYTES = 1024 * 1024;

export class JobStorage {
  readonly #storage: DurableObjectStorage;

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage;
  }

  /** Null for a job that was never created; throws when the stored row is not a state this code knows. */
  readState(): Stored | null {
    const row = this.#storage.kv.get('state');
    return row === undefined ? null : storedSchema.parse(migrateRow(row));
  }

  writeState(state: Stored): void {
    this.#storage.kv.put('state', state);
  }

  /** Replaces the files of that revision: what an amendment left that was never replayed must not mix with the next. */
  writeInput(revision: number, gzips: readonly Uint8Array[]): void {
    if (revision > 1) this.#removeChunks(`input:${revision}-`);
    gzips.forEach((gzip, file) => {
      this.#writeChunks(inputKey(revision, file), gzip);
    });
  }

  writeSubmission(revision: number, submission: Submission): void {
    this.#storage.kv.put(`submission:${revision}`, submission);
  }

  readSubmission(revision: number): Submission {
    return submissionSchema.parse(this.#storage.kv.get(`submission:${revision}`));
  }

  /** Removes what was stored for changes that are void, from revision 2 on. */
  removeRevisions(revisions: readonly number[]): void {
    for (const revision of revisions) {
      this.#removeChunks(`input:${revision}-`);
      this.#storage.kv.delete(`submission:${revision}`);
    }
  }

  readInput(revision: number, file: number): Uint8Array {
    return this.#readChunks(inputKey(revision, file));
  }

  /** Replaces the result as a whole: a shorter one leaves no chunk of a longer one behind. */
  writeResult(gzip: Uint8Array): void {
    this.#removeChunks('result:');
    this.#writeChunks('result', gzip);
  }

  readResult(): Uint8Array {
    return this.#readChunks('result');
  }

  /** Removes input and result; the state stays. */
  removeContent(): void {
    this.#removeChunks('input:');
    this.#removeChunks('submission:');
    this.#removeChunks('result:');
  }

  #writeChunks(prefix: string, bytes: Uint8Array): void {
    for (let start = 0, index = 0; start < bytes.length || index === 0; start += CHUNK_BYTES, index++) {
      this.#storage.kv.put(`${prefix}:${String(index).padStart(5, '0')}`, bytes.slice(start, start + CHUNK_BYTES));
    }
  }

  #readChunks(prefix: string): Uint8Array {
    const chunks: Uint8Array[] = [];
    for (const [, value] of this.#storage.kv.list({ prefix: `${prefix}:` })) if (value instanceof Uint8Array) chunks.push(value);
    return joinBytes(chunks);
  }

  #removeChunks(prefix: string): void {
    const keys = [...this.#storage.kv.list({ prefix })].map(([key]) => key);
    for (const key of keys) this.#storage.kv.delete(key);
  }
}

const inputKey = (revision: number, file: number): string => (revision === 1 ? `input:${file}` : `input:${revision}-${file}`);
