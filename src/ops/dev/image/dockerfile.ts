import { PointsError } from '../../../common/errors.ts';

/** The Dockerfile says something that is not understood here. */
export class DockerfileError extends PointsError {
  readonly code = 'DOCKERFILE_NOT_UNDERSTOOD';
}

export interface Copy {
  readonly kind: 'COPY';
  /** A stage; the build context where absent. */
  readonly from?: string;
  readonly sources: readonly string[];
  readonly target: string;
  /** uid:gid */
  readonly owner?: string;
}

export type Step =
  | Copy
  | { readonly kind: 'RUN'; readonly command: string }
  | { readonly kind: 'WORKDIR'; readonly folder: string };

export interface Stage {
  readonly name: string;
  /** Another stage, or an image. */
  readonly from: string;
  readonly steps: readonly Step[];
  readonly env: Readonly<Record<string, string>>;
  readonly user?: string;
  readonly entrypoint: readonly string[];
}

const json = (text: string): readonly string[] => JSON.parse(text) as string[];

const copyOf = (text: string): Copy => {
  const words = text.split(/\s+/);
  const flags = new Map(words.flatMap((word) => /^--(\w+)=(.+)$/.exec(word)?.slice(1) ?? []).flatMap(pairs));
  const paths = words.filter((word) => !word.startsWith('--'));
  const [from, owner, target] = [flags.get('from'), flags.get('chown'), paths.at(-1)];
  if (target === undefined || paths.length < 2) throw new DockerfileError(`COPY ${text} names no target`);
  return {
    ...{ kind: 'COPY', sources: paths.slice(0, -1), target },
    ...(from !== undefined && { from }),
    ...(owner !== undefined && { owner }),
  };
};

function pairs(word: string, index: number, all: readonly string[]): readonly (readonly [string, string])[] {
  return index % 2 === 0 ? [[word, all[index + 1] ?? '']] : [];
}

/** Instructions that have no say in what the file system holds and how the process is started. */
const ofNoMatter = new Set(['ARG', 'VOLUME', 'EXPOSE', 'STOPSIGNAL', 'HEALTHCHECK', 'LABEL', 'CMD']);

/**
 * Reads as much of a Dockerfile as ours says.
 * @throws DockerfileError for an instruction that it does not know
 */
export const parseDockerfile = (text: string): readonly Stage[] => {
  const lines = text
    .replaceAll(/^\s*#.*\n/gm, '')
    .replaceAll(/\\\n\s*/g, ' ')
    .split('\n')
    .filter((line) => line.trim() !== '');
  const args = new Map<string, string>();
  const stages: Stage[] = [];
  const change = (how: (stage: Stage) => Partial<Stage>): void => {
    const stage = stages.pop();
    if (stage === undefined) throw new DockerfileError('An instruction comes before the first FROM');
    stages.push({ ...stage, ...how(stage) });
  };
  const addStep = (step: Step): void => {
    change(({ steps }) => ({ steps: [...steps, step] }));
  };
  for (const line of lines) {
    const [, word = '', rest = ''] = /^(\w+)\s+(.*)$/.exec(line.trim()) ?? [];
    if (word === 'ARG' && stages.length === 0) args.set(...(rest.split('=', 2) as [string, string]));
    else if (word === 'FROM') {
      const [from = '', , name = ''] = rest.split(/\s+/);
      const image = from.replace(/\$\{(\w+)\}/, (_all, arg: string) => args.get(arg) ?? '');
      const parent = stages.find((stage) => stage.name === image);
      stages.push({ env: {}, entrypoint: [], ...parent, name, from: image, steps: [] });
    } else if (word === 'COPY') addStep(copyOf(rest));
    else if (word === 'RUN') addStep({ kind: 'RUN', command: rest });
    else if (word === 'WORKDIR') addStep({ kind: 'WORKDIR', folder: rest });
    else if (word === 'USER') change(() => ({ user: rest }));
    else if (word === 'ENTRYPOINT') change(() => ({ entrypoint: json(rest) }));
    else if (word === 'ENV') {
      const set = rest.split(/\s+/).map((one) => one.split('=', 2) as [string, string]);
      change(({ env }) => ({ env: { ...env, ...Object.fromEntries(set) } }));
    } else if (!ofNoMatter.has(word)) throw new DockerfileError(`${word} is not understood`);
  }
  return stages;
};
