// Installs what is missing, finds a Node that is new enough and runs a script of this repository on it. Plain
// JavaScript without dependencies that runs on Node 20: on a fresh clone there is nothing else yet.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { acquireLock } from './lock.mjs';

const root = path.resolve(import.meta.dirname, '../..');
const lockfile = path.join(root, 'package-lock.json');
const modules = path.join(root, 'node_modules');
/** Holds the hash of the lockfile that node_modules was installed from. */
const record = path.join(modules, '.points-lock');

/** The first Node that runs TypeScript as it is. */
const oldestNode = [22, 18];
const installCommand = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
// kafkajs sets timers with a negative delay, and Node warns of it once.
const commonNodeOptions = ['--disable-warning=TimeoutNegativeWarning'];

/** Something a person has to put right; told in one line, without a stack. */
class LaunchError extends Error {}

// Whoever read our output may be gone; that is no reason to stop half-way through an install.
process.stderr.on('error', () => {});
const say = (line) => process.stderr.write(`points: ${line}\n`);

const lockfileHash = () => createHash('sha256').update(readFileSync(lockfile)).digest('hex');

const isInstalled = (hash) => {
  if (existsSync(record) && readFileSync(record, 'utf8') === hash) return true;
  // Installed by hand, by whoever ran npm: npm leaves its own record, which is then not older than the lockfile.
  const own = path.join(modules, '.package-lock.json');
  return existsSync(own) && statSync(own).mtimeMs >= statSync(lockfile).mtimeMs;
};

/** One line that counts the seconds, rewritten in place on a terminal. */
const showProgress = (text) => {
  const since = Date.now();
  const seconds = () => Math.round((Date.now() - since) / 1000);
  const draw = () => process.stderr.write(`\rpoints: ${text}, ${seconds()} s`);
  if (process.stderr.isTTY) draw();
  else say(text);
  const timer = process.stderr.isTTY
    ? setInterval(draw, 1_000)
    : setInterval(() => say(`${text}, ${seconds()} s`), 15_000);
  return (result) => {
    clearInterval(timer);
    process.stderr.write(`${process.stderr.isTTY ? '\r' : ''}points: ${text}: ${result} ${seconds()} s\n`);
  };
};

/** npm tells the reason first, and then how it is used. */
const firstLines = (output) =>
  output
    .split('\n')
    .filter((line) => line.replace('npm error', '').trim() !== '')
    .slice(0, 10)
    .join('\n');

const runNpm = () =>
  new Promise((resolve, reject) => {
    const done = showProgress('installing packages (npm ci)');
    let output = '';
    const npm = spawn('npm', installCommand, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    const hear = (chunk) => (output += chunk);
    npm.stdout.on('data', hear);
    npm.stderr.on('data', hear);
    npm.on('error', (error) => reject(new LaunchError(`npm could not be started: ${error.message}`)));
    npm.on('close', (code, signal) => {
      done(code === 0 ? 'done in' : 'failed after');
      if (code === 0) resolve();
      else reject(new LaunchError(`npm ci failed (${signal ?? `exit code ${code}`}):\n${firstLines(output)}`));
    });
  });

/** Makes node_modules agree with the lockfile; of several processes one installs and the others wait. */
const install = async () => {
  const hash = lockfileHash();
  if (isInstalled(hash)) return;
  // Not in node_modules, which npm ci removes.
  const release = await acquireLock(path.join(root, '.points', 'install.lock'), (holder, seconds) => {
    say(`waiting for process ${holder}, which installs the packages, ${seconds} s`);
  });
  try {
    if (!isInstalled(hash)) {
      try {
        await runNpm();
      } catch (error) {
        if (error.message.includes('EUSAGE')) throw error;
        // A network that failed for a moment, or an npm that outlived a launcher which was killed.
        await runNpm();
      }
    }
    writeFileSync(record, hash);
  } finally {
    release();
  }
};

const isNewEnough = (version) => {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > oldestNode[0] || (major === oldestNode[0] && minor >= oldestNode[1]);
};

/** The Node that runs us, or the one that npm brought along. */
const findNode = () => {
  if (isNewEnough(process.versions.node)) return process.execPath;
  const bundled = path.join(modules, '.bin', 'node');
  const wanted = `Node ${oldestNode.join('.')} or newer is needed; this is ${process.versions.node}`;
  if (!existsSync(bundled)) {
    throw new LaunchError(`${wanted}, and npm has none for ${process.platform}-${process.arch}: install one`);
  }
  const said = spawnSync(bundled, ['--version'], { encoding: 'utf8' });
  if (said.status !== 0 || !isNewEnough(said.stdout.trim().slice(1))) {
    throw new LaunchError(`${wanted}, and ${bundled} does not run here: ${said.error?.message ?? said.stderr.trim()}`);
  }
  return bundled;
};

/** Runs the script to its end and resolves with the exit code to end with. */
const run = (node, script, args, { cwd, nodeOptions, environment }) =>
  new Promise((resolve, reject) => {
    // First in the PATH, so that whatever the script starts as `node` is this one too.
    const env = {
      ...environment,
      ...process.env,
      PATH: `${path.dirname(node)}${path.delimiter}${process.env.PATH ?? ''}`,
    };
    const child = spawn(node, [...nodeOptions, script, ...args], { stdio: 'inherit', env, cwd });
    child.on('error', (error) => reject(new LaunchError(`${script} could not be started: ${error.message}`)));
    // We never end on a signal ourselves: the child does, in its own time, and we end as it did.
    process.on('SIGTERM', () => child.kill('SIGTERM'));
    process.on('SIGHUP', () => child.kill('SIGHUP'));
    process.on('SIGINT', () => {
      // A terminal sends Ctrl-C to the child as well; a second one would mean "now, and not in order".
      if (!process.stdin.isTTY) child.kill('SIGINT');
    });
    child.on('exit', (code, signal) => resolve(code ?? 128 + (os.constants.signals[signal] ?? 0)));
  });

/**
 * Runs a script of this repository, given by its path from the root, and ends this process as the script ended.
 * `inRoot` runs it in the repository's root; otherwise it stays where it was called, for paths among its arguments.
 * Variables that are set already stay as they are.
 */
export const launch = async (
  script,
  args,
  { inRoot = false, nodeOptions = commonNodeOptions, environment = {} } = {},
) => {
  try {
    await install();
    const node = findNode();
    const file = path.join(root, script);
    if (!existsSync(file)) throw new LaunchError(`${script} is not there`);
    const cwd = inRoot ? root : process.cwd();
    process.exitCode = await run(node, file, args, { cwd, nodeOptions, environment });
  } catch (error) {
    if (!(error instanceof LaunchError)) throw error;
    say(error.message);
    process.exitCode = 1;
  }
};
