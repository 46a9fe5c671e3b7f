import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { describe, expect, test } from 'vitest';

const root = path.resolve(import.meta.dirname, '../..');
const folder = path.join(root, '.github/workflows');

interface Step {
  readonly uses?: string;
  readonly run?: string;
}

interface Job {
  readonly uses?: string;
  readonly steps?: readonly Step[];
  readonly 'timeout-minutes'?: number;
}

interface Workflow {
  readonly permissions?: object;
  readonly jobs: Readonly<Record<string, Job>>;
}

const workflows = readdirSync(folder).map(
  (file) => [file, parse(readFileSync(path.join(folder, file), 'utf8')) as Workflow] as const,
);

const { scripts } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as {
  readonly scripts: Readonly<Record<string, string>>;
};

const jobs = workflows.flatMap(([file, { jobs: declared }]) =>
  Object.entries(declared).map(([name, job]) => ({ file, name, job, steps: job.steps ?? [] })),
);

describe.each(workflows)('%s', (_file, { permissions }) => {
  test('may only read, where a job does not ask for more', () => {
    expect(permissions).toEqual({ contents: 'read' });
  });
});

describe.each(jobs)('$file: $name', ({ job, steps }) => {
  test('runs npm scripts that exist', () => {
    const calls = steps.flatMap(({ run = '' }) =>
      [...run.matchAll(/npm (?:run (?:--silent )?)?([a-z][a-z0-9:-]*)/g)].map(([, script]) => script ?? ''),
    );
    // npm's own.
    const known = [...Object.keys(scripts), 'ci', 'audit'];
    expect(calls.filter((script) => !known.includes(script))).toEqual([]);
  });

  test('has a version of each action, and ends by itself', () => {
    const actions = steps.flatMap(({ uses }) => (uses === undefined ? [] : [uses]));
    expect(actions.filter((one) => !one.startsWith('./') && !/@v?\d/.test(one))).toEqual([]);
    if (job.uses === undefined) expect(job['timeout-minutes']).toBeGreaterThan(0);
  });
});
