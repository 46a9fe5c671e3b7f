// `npm run try:image`: does what the Dockerfile's stages say without an engine, from an empty folder, and then runs a command in what
// came of it as the manifests run it: the image's files alone and read-only, its user, no capabilities, no new privileges. Needs Linux
// and root, and the libraries of Debian 12, whose the image has. Variables that are set are the container's:
// KAFKA_BROKER=… npm run try:image -- service. `--in <folder>` before the role assembles there, keeps it, and takes it as it is the next time.
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { assemble } from './dev/image/assemble.ts';
import { parseDockerfile } from './dev/image/dockerfile.ts';

const repository = path.resolve(import.meta.dirname, '../..');
const words = process.argv.slice(2);
const kept = words[0] === '--in' ? words[1] : undefined;
const args = kept === undefined ? words : words.slice(2);

/** Libraries that a program of this machine is linked with, as the image's base brings them. */
const librariesOf = (program: string): readonly string[] => {
  const { stdout } = spawnSync('ldd', [program], { encoding: 'utf8' });
  return [...stdout.matchAll(/(?:=>\s+)?(\/\S+)\s+\(0x/g)].flatMap(([, file]) => file ?? []);
};

const put = (root: string, file: string, target = file): void => {
  const to = path.join(root, target);
  mkdirSync(path.dirname(to), { recursive: true });
  cpSync(realpathSync(file), to);
};

/** What the base image is made of. */
const basePackages = ['libc6', 'libgcc-s1', 'libstdc++6'];

/** Stands in for both base images: Node, and the libraries of the packages that the base image is made of. */
const fillImage = (name: string, root: string): void => {
  const { stdout } = spawnSync('dpkg-query', ['--listfiles', ...basePackages], { encoding: 'utf8' });
  const libraries = stdout.split('\n').filter((file) => /\/lib[^/]*\/.*\.so(\.|$)/.test(file) && existsSync(file));
  for (const library of [...libraries, ...librariesOf(process.execPath)]) put(root, library);
  if (name.startsWith('node:')) put(root, process.execPath, '/usr/local/bin/node');
  for (const folder of ['tmp', 'proc', 'dev', 'etc', 'run']) mkdirSync(path.join(root, folder), { recursive: true });
  writeFileSync(path.join(root, 'etc/hosts'), '127.0.0.1 localhost\n');
};

const stages = parseDockerfile(readFileSync(path.join(repository, 'Dockerfile'), 'utf8'));
const folder = kept ?? mkdtempSync(path.join(tmpdir(), 'points-image-'));
mkdirSync(folder, { recursive: true });
chmodSync(folder, 0o755);
const before = path.join(folder, 'service');
const root = existsSync(path.join(before, 'app/src'))
  ? before
  : assemble({ stages, target: 'service', context: repository, folder, image: fillImage });
const service = stages.find(({ name }) => name === 'service');
const [uid = '', gid = ''] = service?.user?.split(':') ?? [];
const size = spawnSync('du', ['-sm', path.join(root, 'app')], { encoding: 'utf8' }).stdout.split('\t')[0] ?? '?';
process.stderr.write(`image: ${root}, /app ${size} MiB\n`);

/** The tool that takes rights away is not in the image: it is laid into /tmp for as long as it takes. */
const tool = '/usr/bin/setpriv';
const tools = path.join(folder, 'tools');
for (const file of [tool, ...librariesOf(tool)]) put(tools, file, `/${path.basename(file)}`);
const loader = path.basename(librariesOf(tool).find((file) => path.basename(file).startsWith('ld-')) ?? '');

const script = `
set -e
mount --make-rprivate /
mount --bind "$ROOT" "$ROOT"
mount --bind "$ROOT/var/lib/points" "$ROOT/var/lib/points"
mount -t proc proc "$ROOT/proc"
mount -t tmpfs -o size=32m,mode=1777 tmpfs "$ROOT/tmp"
mount --bind /dev "$ROOT/dev"
cp -r "$TOOLS" "$ROOT/tmp/tools"
mount -o remount,bind,ro "$ROOT"
cd "$ROOT"
exec chroot "$ROOT" /tmp/tools/${loader} --library-path /tmp/tools /tmp/tools/setpriv --reuid=${uid} --regid=${gid} \\
  --clear-groups --bounding-set=-all --inh-caps=-all --no-new-privs -- "$@"
`;
const { PATH: _path, HOME: _home, ...named } = process.env;
const { status } = spawnSync(
  'unshare',
  ['--mount', 'sh', '-c', script, 'image', ...(service?.entrypoint ?? []), ...(args.length === 0 ? ['service'] : args)],
  {
    stdio: 'inherit',
    env: { ...named, ...service?.env, PATH: '/usr/sbin:/usr/bin:/sbin:/bin', ROOT: root, TOOLS: tools },
  },
);
if (kept === undefined) spawnSync('rm', ['-rf', '--one-file-system', folder]);
process.exitCode = status ?? 1;
