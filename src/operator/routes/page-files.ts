import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { gzipSync } from 'node:zlib';

/** A file of the page, as it is sent. */
export interface PageFile {
  readonly type: string;
  readonly etag: string;
  readonly plain: Buffer;
  readonly packed: Buffer;
}

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** Every file of the page by its path below /operator; only these are served. */
const ours = [
  ...['index.html', 'page.css', 'icon.svg', 'main.mjs', 'api.mjs', 'html.mjs', 'words.mjs', 'state.mjs'],
  ...['view-frame.mjs', 'view-graph.mjs', 'view-overview.mjs', 'view-dead-letters.mjs', 'view-replay.mjs'],
  ...['view-account.mjs', 'view-follow.mjs', 'view-instances.mjs', 'view-login.mjs', 'view-part.mjs'],
] as const;

/** By the file npm says is the library, and the module beside it that a browser takes. */
const libraries = { 'lib/preact.mjs': ['preact', 'preact.mjs'], 'lib/htm.mjs': ['htm', 'htm.mjs'] } as const;

const fileOf = (location: string): PageFile => {
  const plain = readFileSync(location);
  return {
    type: types[path.extname(location)] ?? 'application/octet-stream',
    etag: `"${createHash('sha256').update(plain).digest('base64url').slice(0, 22)}"`,
    plain,
    packed: gzipSync(plain, { level: 9 }),
  };
};

/** Reads all files of the page into memory: some 60 KiB. Libraries come from where npm has put them. */
export function readPageFiles(): ReadonlyMap<string, PageFile> {
  const folder = path.resolve(import.meta.dirname, '../page');
  const { resolve } = createRequire(import.meta.url);
  return new Map([
    ...ours.map((name) => [name, fileOf(path.join(folder, name))] as const),
    ...Object.entries(libraries).map(
      ([name, [library, module]]) => [name, fileOf(path.join(path.dirname(resolve(library)), module))] as const,
    ),
  ]);
}
