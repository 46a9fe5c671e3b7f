// `npm run try:image`: does what the Dockerfile's stages say without an engine, from an empty folder, and then runs a command in what
// came of it as the manifests run it: the image's files alone and read-only, its user, no capabilities, no new privileges. Needs Linux
// and root. Variables that are set are the container's: KAFKA_BROKER=… npm run try:image -- service
import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { assemble } from './dev/image/assemble.ts';
import { parseDockerfile } from './dev/image/dockerfile.ts';

const repository = path.resolve(import.meta.dirname, '../..');
const args = process.argv.slice(2);

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

/** Stands in for both base images: Node, and the libraries it is linked with. */
const fillImage = (name: string, root: string): void => {
  for (const library of librariesOf(process.execPath)) put(root, library);
  if (name.startsWith('node:')) put(root, process.execPath, '/usr/local/bin/node');
  for (const folder of ['tmp', 'proc', 'dev', 'etc', 'run']) mkdirSync(path.join(root, folder), { recursive: true });
  writeFileSync(path.join(root, 'etc/hosts'), '127.0.0.1 localhost\n');
};

const stages = parseDockerfile(readFileSync(path.join(repository, 'Dockerfile'), 'utf8'));
const folder = mkdtempSync(path.join(tmpdir(), 'points-image-'));
chmodSync(folder, 0o755);
const root = assemble({ stages, target: 'service', context: repository, folder, image: fillImage });
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
spawnSync('rm', ['-rf', '--one-file-system', folder]);
process.exitCode = status ?? 1;
