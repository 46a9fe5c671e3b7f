import { readFileSync } from 'node:fs';
import { toError } from '../../common/errors.ts';
import { CertificateRefusedError } from './errors.ts';

/** Paths of PEM files, each of which somebody else may replace at any time. */
export interface CertificateFiles {
  /** Our certificate, first in its file, and those that lead from it to its CA. */
  readonly certificate?: string;
  /** The private key of the first certificate. Set together with it. */
  readonly key?: string;
  /** The CAs that the other side is checked by; the system's own where it is not set. */
  readonly ca?: string;
}

/** What the files hold. */
export type CertificateContents = { readonly [File in keyof CertificateFiles]: Buffer };

const read = (path: string | undefined): Buffer | undefined => {
  if (path === undefined) return undefined;
  try {
    return readFileSync(path);
  } catch (thrown) {
    throw new CertificateRefusedError(`${path} cannot be read`, { facts: { reason: toError(thrown).message } });
  }
};

/**
 * Reads all of them at once: a few kilobytes, and nothing of this process comes between two of them.
 * @throws CertificateRefusedError
 */
export const readCertificateFiles = ({ certificate, key, ca }: CertificateFiles): CertificateContents => {
  const contents = { certificate: read(certificate), key: read(key), ca: read(ca) };
  return Object.fromEntries(Object.entries(contents).filter(([, content]) => content !== undefined));
};

export const sameContents = (one: CertificateContents | undefined, other: CertificateContents): boolean =>
  one !== undefined &&
  (['certificate', 'key', 'ca'] as const).every((file) =>
    one[file] === undefined ? other[file] === undefined : other[file] !== undefined && one[file].equals(other[file]),
  );
