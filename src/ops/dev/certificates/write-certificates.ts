import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type Authority, createAuthority, loadAuthority } from './authority.ts';

const dayMs = 24 * 60 * 60 * 1000;
/** Clocks of two machines differ. */
const backdatedMs = 5 * 60_000;

/** Whole or not at all, as a Vault agent writes. */
export const writeWhole = async (file: string, text: string, mode: number): Promise<void> => {
  await writeFile(`${file}.new`, text, { mode });
  await rename(`${file}.new`, file);
};

const validFor = (days: number, now: number) => ({
  notBefore: new Date(now - backdatedMs),
  notAfter: new Date(now + days * dayMs),
});

async function authorityIn(folder: string, days: number, now: number): Promise<Authority> {
  const [certificateFile, keyFile] = [path.join(folder, 'ca.crt'), path.join(folder, 'ca.key')];
  if (existsSync(certificateFile) && existsSync(keyFile)) {
    return loadAuthority({
      certificate: await readFile(certificateFile, 'utf8'),
      key: await readFile(keyFile, 'utf8'),
    });
  }
  const authority = await createAuthority('Points development CA', validFor(days, now));
  await writeWhole(keyFile, authority.key, 0o600);
  await writeWhole(certificateFile, authority.certificate, 0o644);
  return authority;
}

export interface WriteCertificatesOptions {
  /** Where they go; a CA that lies there is used again. */
  readonly folder: string;
  /** One certificate for each, named after who shows it. */
  readonly leaves: readonly string[];
  /** DNS names and addresses that every certificate stands for, beside the leaf's own name. */
  readonly names: readonly string[];
  readonly leafDays: number;
  readonly caDays: number;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/**
 * Writes `ca.crt` and `ca.key` where there are none, and for each leaf `<leaf>.crt`, `<leaf>.key` and both in `<leaf>.pem`,
 * as MongoDB and Kafka want them. Keys are for their owner's eyes only. Run again, it renews the leaves: whoever follows the
 * files rotates.
 */
export async function writeCertificates(options: WriteCertificatesOptions): Promise<void> {
  const { folder, leaves, names, leafDays, caDays, now } = options;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const authority = await authorityIn(folder, caDays, now);
  for (const leaf of leaves) {
    const issued = await authority.issue({ commonName: leaf, names: [leaf, ...names], ...validFor(leafDays, now) });
    const file = path.join(folder, leaf);
    await writeWhole(`${file}.key`, issued.key, 0o600);
    await writeWhole(`${file}.crt`, issued.certificate, 0o644);
    await writeWhole(`${file}.pem`, issued.key + issued.certificate, 0o600);
  }
}
