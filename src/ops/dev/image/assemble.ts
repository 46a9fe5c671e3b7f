import { spawnSync } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { type Copy, DockerfileError, type Stage } from './dockerfile.ts';

export interface AssembleOptions {
  readonly stages: readonly Stage[];
  /** Name of the stage that is wanted. */
  readonly target: string;
  /** The build context: the repository's root. */
  readonly context: string;
  /** Where the stages' file systems are made, a folder for each; what an image holds is put there by `image`. */
  readonly folder: string;
  /** Fills the file system of a stage that begins with an image. */
  readonly image: (name: string, root: string) => void;
  /** Does what RUN says; by default by sh, in the stage's working folder, so commands must not name absolute paths. */
  readonly run?: (command: string, folder: string) => void;
}

const runHere = (command: string, cwd: string): void => {
  const { status } = spawnSync('sh', ['-e', '-c', command], { cwd, stdio: ['ignore', 'inherit', 'inherit'] });
  if (status !== 0) throw new DockerfileError(`RUN ended with ${String(status)}: ${command}`);
};

/** Links stay links, and what is there already is written over. */
const copyAll = (from: string, to: string): void => {
  const { status, stderr } = spawnSync('cp', ['-aT', from, to], { encoding: 'utf8' });
  if (status !== 0) throw new DockerfileError(`COPY: ${stderr}`);
};

const copy = (step: Copy, from: string, root: string, workdir: string): void => {
  const to = path.join(root, path.resolve(workdir, step.target));
  const isFolder = step.sources.length > 1 || step.target.endsWith('/');
  for (const source of step.sources) {
    const file = path.join(from, source);
    const target = isFolder ? path.join(to, path.basename(source)) : to;
    if (!existsSync(file)) throw new DockerfileError(`COPY: there is no ${source}`);
    mkdirSync(path.dirname(target), { recursive: true });
    copyAll(file, target);
    if (step.owner === undefined || process.getuid?.() !== 0) continue;
    const [uid = 0, gid = 0] = step.owner.split(':').map(Number);
    for (const one of ['', ...(readdirSync(target, { recursive: true }) as string[])]) {
      chownSync(path.join(target, one), uid, gid);
    }
  }
};

/**
 * Makes the file system of a stage as the Dockerfile says it, without an engine.
 * @returns its root
 * @throws DockerfileError for a file that is not there and a command that fails
 */
export const assemble = (options: AssembleOptions): string => {
  const { stages, context, folder, image, run = runHere } = options;
  const made = new Map<string, string>();
  const make = (name: string): string => {
    const before = made.get(name);
    if (before !== undefined) return before;
    const stage = stages.find((one) => one.name === name);
    if (stage === undefined) throw new DockerfileError(`There is no stage ${name}`);
    const root = path.join(folder, name);
    mkdirSync(root, { recursive: true });
    if (stages.some((one) => one.name === stage.from)) {
      copyAll(make(stage.from), root);
    } else image(stage.from, root);
    let workdir = '/';
    for (const step of stage.steps) {
      if (step.kind === 'WORKDIR') {
        workdir = path.resolve(workdir, step.folder);
        mkdirSync(path.join(root, workdir), { recursive: true });
      } else if (step.kind === 'RUN') run(step.command, path.join(root, workdir));
      else copy(step, step.from === undefined ? context : make(step.from), root, workdir);
    }
    made.set(name, root);
    return root;
  };
  return make(options.target);
};
