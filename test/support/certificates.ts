/** Certificates for tests: authorities in memory, and the files that a process follows. */
import { X509Certificate } from 'node:crypto';
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import type { CertificateFiles } from '../../src/adapters/tls/index.ts';
import {
  type Authority,
  createAuthority,
  type IssuedCertificate,
  type LeafOptions,
} from '../../src/ops/dev/certificates/authority.ts';

const hourMs = 60 * 60 * 1000;

const hoursFromNow = (hours: number): Date => new Date(Date.now() + hours * hourMs);

/** From an hour ago to an hour from now, moved by some hours. */
export const validity = (hours = 0) => ({
  notBefore: hoursFromNow(hours - 1),
  notAfter: hoursFromNow(hours + 1),
});

/** Valid for two days to either side, so that it outlasts what it signs in tests that move the clock. */
export const newAuthority = (name = 'Test CA', from = -48, to = 48): Promise<Authority> =>
  createAuthority(name, { notBefore: hoursFromNow(from), notAfter: hoursFromNow(to) });

/** A certificate for this machine, valid now. */
export const issue = (authority: Authority, options: Partial<LeafOptions> = {}): Promise<IssuedCertificate> =>
  authority.issue({ commonName: 'test', names: ['localhost', '127.0.0.1'], ...validity(), ...options });

export const fileTexts = (issued: IssuedCertificate, ca: string): Readonly<Record<keyof CertificateFiles, string>> => ({
  ...{ certificate: issued.certificate, key: issued.key, ca },
});

/** A folder with `tls.crt`, `tls.key` and `ca.crt`. */
export interface CertificateFolder {
  readonly files: Required<CertificateFiles>;
  /** Each file whole, by a rename, one after the other. */
  write(texts: Partial<Readonly<Record<keyof CertificateFiles, string>>>): Promise<void>;
  /** Over what is there. */
  writeInPlace(texts: Partial<Readonly<Record<keyof CertificateFiles, string>>>): Promise<void>;
}

export async function certificateFolder(
  texts: Readonly<Record<keyof CertificateFiles, string>>,
  onEnd: (cleanUp: () => Promise<void>) => unknown = onTestFinished,
): Promise<CertificateFolder> {
  const folder = await mkdtemp(path.join(tmpdir(), 'points-tls-'));
  onEnd(() => rm(folder, { recursive: true, force: true }));
  const files = {
    certificate: path.join(folder, 'tls.crt'),
    key: path.join(folder, 'tls.key'),
    ca: path.join(folder, 'ca.crt'),
  };
  const each = async (
    some: Partial<Readonly<Record<keyof CertificateFiles, string>>>,
    put: (file: string, text: string) => Promise<void>,
  ): Promise<void> => {
    for (const [name, text] of Object.entries(some)) await put(files[name as keyof CertificateFiles], text);
  };
  const writeInPlace = (some: typeof texts) => each(some, (file, text) => writeFile(file, text, { mode: 0o600 }));
  await writeInPlace(texts);
  return {
    files,
    writeInPlace: (some) => each(some, (file, text) => writeFile(file, text)),
    write: (some) =>
      each(some, async (file, text) => {
        await writeFile(`${file}.tmp`, text, { mode: 0o600 });
        await rename(`${file}.tmp`, file);
      }),
  };
}

export const serialOf = ({ certificate }: IssuedCertificate): string => new X509Certificate(certificate).serialNumber;
