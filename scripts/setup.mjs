/**
 * Makes a fresh clone runnable, then runs a script: `node scripts/setup.mjs [<script> [arguments]]`.
 *
 * The machine needs no more than Node 20 and npm: pnpm comes through npx in the version the project
 * pins, and the Node that runs everything else comes as the npm package `node`. Hence plain JavaScript
 * and no dependency here. An install happens only when the lockfile changed since the last one.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const OLDEST_NODE = 20;
const project = dirname(dirname(fileURLToPath(import.meta.url)));
const modules = join(project, 'node_modules');
const node = join(modules, 'node', 'bin', 'node');
const stamp = join(modules, '.installed-lockfile');
const lock = join(project, '.wrangler', 'install.lock');

const [script, ...scriptArguments] = process.argv.slice(2);
if (Number.parseInt(process.versions.node, 10) < OLDEST_NODE) {
  leave(`This project needs Node ${OLDEST_NODE} or newer; this is Node ${process.versions.node}. See https://nodejs.org`);
}

if (!isInstalled()) await installOnce();
if (script !== undefined) run(join(project, script), scriptArguments);

/** What the installed modules depend on; the platform, because binaries do not survive a copy to another. */
function wanted() {
  const hash = createHash('sha256').update(`${process.platform}-${process.arch}\n`);
  for (const file of ['pnpm-lock.yaml', 'pnpm-workspace.yaml']) hash.update(readFileSync(join(project, file)));
  return hash.digest('hex');
}

function isInstalled() {
  return existsSync(node) && existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted();
}

/** Two calls at once must not write the same folder: one installs, the other waits and finds it done. */
async function installOnce() {
  mkdirSync(dirname(lock), { recursive: true });
  while (!takeLock()) {
    await wait(250);
    if (isInstalled()) return;
  }
  try {
    if (!isInstalled()) await install();
  } finally {
    rmSync(lock, { force: true });
  }
}

function takeLock() {
  try {
    writeFileSync(lock, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
    if (!holderIsAlive()) rmSync(lock, { force: true });
    return false;
  }
}

function holderIsAlive() {
  try {
    const holder = Number(readFileSync(lock, 'utf8'));
    // Created but not yet written: the holder is between two system calls.
    if (holder === 0) return true;
    process.kill(holder, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

async function install() {
  const { packageManager } = JSON.parse(readFileSync(join(project, 'package.json'), 'utf8'));
  process.stderr.write('Installing what is missing (about a minute the first time) …\n');
  const before = wanted();
  const { code, output } = await collect('npx', [
    '-y',
    packageManager,
    'install',
    '--frozen-lockfile',
    // There is nobody to ask when the folder must be made anew.
    '--config.confirmModulesPurge=false',
  ]);
  if (code !== 0 || !existsSync(node)) {
    rmSync(lock, { force: true });
    // npm complains about settings of other tools in a person's .npmrc, which has nothing to do with it.
    const said = output.split('\n').filter((line) => !line.startsWith('npm warn Unknown'));
    leave(`${said.slice(-40).join('\n').trim()}

The install failed; the lines above are the package manager's last words. The usual reasons:
  - the npm registry cannot be reached: check the network, the proxy and \`npm config get registry\`
  - the disk is full: about 700 MB are needed
  - node_modules comes from elsewhere: delete it and try again
  - a package.json was edited by hand: bring the lockfile up to date with \`npx ${packageManager} install\``);
  }
  writeFileSync(stamp, before);
}

function collect(command, parameters) {
  return new Promise((resolve) => {
    const child = spawn(command, parameters, {
      cwd: project,
      stdio: ['ignore', 'pipe', 'pipe'],
      // `npm start --silent` hands its silence down; then there would be nothing to show of a failure.
      env: { ...process.env, npm_config_loglevel: 'warn' },
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => {
        output += text;
      });
    }
    child.on('error', (error) => resolve({ code: 1, output: `${command} could not be started: ${error.message}` }));
    child.on('close', (code) => resolve({ code, output }));
  });
}

/** The channel tells the script at once when this process is killed: a closed channel needs no polling. */
function run(file, parameters) {
  const child = spawn(node, [file, ...parameters], { stdio: ['inherit', 'inherit', 'inherit', 'ipc'] });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => leave(`${node} could not be started: ${error.message}`));
  child.on('exit', (code, signal) => process.exit(code ?? 128 + constants.signals[signal]));
}

function leave(message) {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}
