import type { SweepState } from './expiry-sweep.ts';

/** Changes whenever keys or entries on disk are laid out anew. */
const layout = 2;

/** What a database knows of itself; written with every batch. */
export interface DiskMeta {
  /** The greatest stream time applied, in milliseconds. */
  readonly streamTime: number;
  readonly sweep: SweepState;
}

export const encodeMeta = (meta: DiskMeta): Buffer => Buffer.from(JSON.stringify({ layout, ...meta }));

/** undefined where another version of this code has written it. */
export function decodeMeta(bytes: Buffer): DiskMeta | undefined {
  const meta = JSON.parse(bytes.toString()) as DiskMeta & { readonly layout: number };
  return meta.layout === layout ? meta : undefined;
}
