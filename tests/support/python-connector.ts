/**
 * Generated Python connectors as a stranger would meet them: written to disk, given what their own requirements
 * name (hashes and all), and started as their platform would start them. Environments are made once per set of
 * requirements and kept in the user's cache folder.
 */
import { execFile, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { GeneratedFile, Runtime } from '@mcpoverflow/types';
import { type RunningConnector, startProgram } from './connector-process.ts';
import { findPython } from './openhands-agent-server-install.ts';

const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;
const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'mcpoverflow', 'python-packages');

/** What platforms have and a test has not: something that turns HTTP into calls of a connector's entry. */
const adapters: Readonly<Partial<Record<Runtime, string>>> = {
  vercel: `import importlib.util
import socket
import sys

import uvicorn

sys.path.insert(0, ".")
spec = importlib.util.spec_from_file_location("index", "api/index.py")
entry = importlib.util.module_from_spec(spec)
spec.loader.exec_module(entry)
listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
uvicorn.Server(uvicorn.Config(entry.app, log_level="error")).run(sockets=[listener])
`,
  // One request after the other, as a function's environment gets them.
  lambda: `import base64
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import urlsplit

sys.path.insert(0, ".")
from connector.function_url import handler


class FunctionUrl(BaseHTTPRequestHandler):
    def answer(self):
        url = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        http = {"method": self.command, "path": url.path, "sourceIp": "127.0.0.1"}
        result = handler(
            {
                "version": "2.0",
                "rawPath": url.path,
                "rawQueryString": url.query,
                "headers": {name.lower(): value for name, value in self.headers.items()},
                "requestContext": {"http": http},
                "body": base64.b64encode(body).decode(),
                "isBase64Encoded": True,
            },
            None,
        )
        content = result.get("body", "").encode()
        if result.get("isBase64Encoded"):
            content = base64.b64decode(content)
        self.send_response_only(result["statusCode"])
        for name, value in result["headers"].items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = do_DELETE = answer

    def log_message(self, *arguments):
        pass


server = HTTPServer(("127.0.0.1", 0), FunctionUrl)
print(server.server_port, flush=True)
server.serve_forever()
`,
};

const found = findPython();

/** True, or a sentence that says what is missing. */
export const pythonToolchain = (): true | string =>
  found !== undefined || 'Python connectors run on Python 3.12 or later with venv, which was not found.';

/** Python with what a connector and its tests ask for. Throws when pip cannot install it. */
export function pythonOf(files: readonly GeneratedFile[]): string {
  const wanted = files.filter(({ path }) => path === 'requirements.txt' || path === 'requirements-dev.txt');
  return environmentOf(wanted, ['--require-hashes', '-r', 'requirements-dev.txt']);
}

/** Python with these packages, each with its exact version. */
export const pythonWith = (...packages: readonly string[]): string => environmentOf([], packages);

/** Makes the environment beside and moves it: one that is there is complete. */
function environmentOf(files: readonly GeneratedFile[], install: readonly string[]): string {
  if (found === undefined) throw new Error(String(pythonToolchain()));
  const key = createHash('sha256')
    .update(JSON.stringify([process.platform, process.arch, found, files, install]))
    .digest('hex')
    .slice(0, 16);
  const folder = join(cache, key);
  const python = join(folder, 'bin/python');
  if (existsSync(python)) return python;
  mkdirSync(cache, { recursive: true });
  const beside = mkdtempSync(`${folder}-`);
  for (const { path, content } of files) writeFileSync(join(beside, path), content);
  const steps = [
    [found, '-m', 'venv', beside],
    [join(beside, 'bin/python'), '-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...install],
  ];
  for (const [program = '', ...args] of steps) {
    const step = spawnSync(program, args, { cwd: beside, encoding: 'utf8', timeout: 240_000 });
    if (step.status === 0) continue;
    rmSync(beside, { recursive: true });
    throw new Error(`${args.join(' ')}: ${step.stderr}`);
  }
  if (existsSync(python)) {
    rmSync(beside, { recursive: true });
    return python;
  }
  // What lies there now and cannot be run has lost the Python that it was made with.
  rmSync(folder, { recursive: true, force: true });
  renameSync(beside, folder);
  return python;
}

/** Writes the files into a new folder. The caller removes it. */
export function writePythonConnector(files: readonly GeneratedFile[]): { readonly folder: string; remove(): void } {
  const folder = mkdtempSync(join(tmpdir(), 'python-connector-'));
  for (const { path, content } of files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** What Python says, whether it succeeds or not. */
export async function runPython(
  python: string,
  folder: string,
  args: readonly string[],
): Promise<{ readonly code: number; readonly output: string }> {
  const options = { cwd: folder, env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1' }, maxBuffer: MAX_OUTPUT_BYTES };
  return promisify(execFile)(python, [...args], options).then(
    ({ stdout, stderr }) => ({ code: 0, output: stdout + stderr }),
    (error) => ({ code: Number(error.code), output: `${error.stdout}${error.stderr}` }),
  );
}

/** Starts the connector as the runtime would, with these variables. */
export function startPythonConnector(
  python: string,
  folder: string,
  runtime: Runtime,
  variables: Readonly<Record<string, string>>,
): Promise<RunningConnector> {
  const adapter = adapters[runtime];
  if (adapter !== undefined) writeFileSync(join(folder, 'adapter.py'), adapter);
  const entry = adapter === undefined ? ['-m', 'connector'] : ['adapter.py'];
  return startProgram(folder, [python, ...entry], { PORT: '0', ...variables });
}
