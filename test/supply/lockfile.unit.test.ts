import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';

const root = path.resolve(import.meta.dirname, '../..');

interface LockedPackage {
  readonly name?: string;
  readonly version?: string;
  readonly integrity?: string;
  readonly resolved?: string;
  readonly license?: string;
  readonly dev?: boolean;
  readonly hasInstallScript?: boolean;
}

const readJson = (file: string): unknown => JSON.parse(readFileSync(path.join(root, file), 'utf8'));

const { packages } = readJson('package-lock.json') as { readonly packages: Readonly<Record<string, LockedPackage>> };

interface Named extends LockedPackage {
  readonly folder: string;
}

/** Everything that npm ci would put into node_modules. */
const locked: readonly Named[] = Object.entries(packages)
  .filter(([folder]) => folder !== '')
  .map(([folder, one]) => ({ folder, ...one }));

const nameOf = ({ name, folder }: Named): string => name ?? folder.slice(folder.lastIndexOf('node_modules/') + 13);

test('Every package is pinned by what is in it, so that no registry can hand out another', () => {
  expect(locked.length).toBeGreaterThan(400);
  const unpinned = locked.filter(({ integrity }) => integrity?.startsWith('sha512-') !== true);
  expect(unpinned.map(({ folder }) => folder)).toEqual([]);
});

test('No package comes from anywhere but a registry', () => {
  const elsewhere = locked.filter(
    ({ resolved }) => resolved !== undefined && !/^https:\/\/[^/]+\/.+\.tgz$/.test(resolved),
  );
  expect(elsewhere.map(({ folder }) => folder)).toEqual([]);
});

test('package.json names exact versions', () => {
  const manifest = readJson('package.json') as Readonly<Record<string, Readonly<Record<string, string>> | undefined>>;
  for (const group of ['dependencies', 'devDependencies', 'optionalDependencies', 'overrides']) {
    for (const [name, version] of Object.entries(manifest[group] ?? {})) {
      expect(version, name).toMatch(/^\d+\.\d+\.\d+$/);
    }
  }
});

/**
 * Packages that would run a script when they are installed, and why nothing is lost without it. Ours never run: npm is always
 * called with --ignore-scripts. One more here is to be looked at before it is added.
 */
const scripted: Readonly<Record<string, string>> = {
  'classic-level': 'builds from source only where it brings no binary; it brings those of Linux, macOS and Windows',
  protobufjs: 'prints a warning about version ranges',
  'cpu-features': 'optional, of ssh2: faster ciphers where it was built',
  ssh2: 'builds faster ciphers; without them Node’s own serve. Only testcontainers has it, for engines reached by SSH',
};

test('Scripts of packages are known, and none is needed', () => {
  const found = new Set(locked.filter(({ hasInstallScript }) => hasInstallScript === true).map(nameOf));
  expect([...found].sort()).toEqual(Object.keys(scripted).sort());
});

/** Whatever installs packages: our launcher, and what builds and tests elsewhere. */
const installers = (): readonly string[] => {
  const workflows = readdirSync(path.join(root, '.github'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.yml'))
    .map((file) => path.join('.github', file));
  return ['src/ops/launch.mjs', 'Dockerfile', ...workflows].filter((file) => existsSync(path.join(root, file)));
};

test('Every way in which packages are installed leaves their scripts alone', () => {
  const calls = installers().flatMap((file) => {
    const text = readFileSync(path.join(root, file), 'utf8');
    return [...text.matchAll(/.*(?:npm (?:ci|install|i)\b|\['ci',).*/g)].map(([line]) => `${file}: ${line.trim()}`);
  });
  expect(calls.length).toBeGreaterThan(1);
  // What only speaks of it stands behind a comment's mark, or in an error's text.
  const unsafe = calls.filter((line) => !/--ignore-scripts|: (?:\/\/|\*|#)|failed|showProgress/.test(line));
  expect(unsafe).toEqual([]);
});

describe('What runs in production', () => {
  /** Licences under which it may be used in a closed service. */
  const permissive = ['MIT', 'MIT/X11', 'ISC', 'BSD-2-Clause', 'BSD-3-Clause', '0BSD', 'Apache-2.0', 'BlueOak-1.0.0'];
  /** Whose package.json says nothing, and where its licence is to be found. */
  const saidElsewhere: Readonly<Record<string, string>> = {
    '@kafkajs/confluent-schema-registry': 'MIT, by the LICENSE file of its repository',
  };

  test('may be used under its licence', () => {
    const doubtful = locked.filter(
      (one) => one.dev !== true && !permissive.includes(one.license ?? '') && saidElsewhere[nameOf(one)] === undefined,
    );
    expect(doubtful.map((one) => `${nameOf(one)}: ${one.license ?? 'none'}`)).toEqual([]);
  });
});
