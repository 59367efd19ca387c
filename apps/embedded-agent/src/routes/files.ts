/** Upload and download of whole files under absolute paths. */
import type { Hono } from 'hono';
import { absolutePathSchema, type Files, MAX_FILE_BYTES } from '../files.ts';
import { refused } from '../protocol-errors.ts';

export interface FilePorts {
  readonly files: Files;
  readonly now: () => number;
  /** Several rows that last together or not at all. */
  readonly transaction: (write: () => void) => void;
}

/** Serves upload and download; 400 for a path that is not absolute, 404 for a missing file, 413 above `MAX_FILE_BYTES`. */
export function registerFiles(app: Hono, { files, now, transaction }: FilePorts): void {
  app.post('/api/file/upload', async (c) => {
    const path = pathOf(c.req.query('path'));
    // Hono's own parser would hold the body twice.
    const form = await c.req.raw.formData().catch(() => null);
    const file = form?.get('file');
    if (!(file instanceof File)) throw refused(400, 'The multipart field "file" is missing');
    if (file.size > MAX_FILE_BYTES) throw refused(413, `A file may have at most ${MAX_FILE_BYTES} bytes`);
    const content = new Uint8Array(await file.arrayBuffer());
    transaction(() => files.write(path, content, now()));
    return c.json({ success: true });
  });

  app.get('/api/file/download', (c) => {
    const content = files.read(pathOf(c.req.query('path')));
    if (content === null) throw refused(404, 'File not found');
    return c.body(content, 200, { 'content-type': 'application/octet-stream' });
  });
}

function pathOf(query: string | undefined): string {
  const path = absolutePathSchema.safeParse(query);
  if (!path.success) throw refused(400, 'Path must be absolute');
  return path.data;
}
