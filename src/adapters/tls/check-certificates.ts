import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { createSecureContext, type SecureContext } from 'node:tls';
import { toError } from '../../common/errors.ts';
import type { CertificateContents, CertificateFiles } from './certificate-files.ts';
import { CertificateRefusedError } from './errors.ts';

/** Contents that were checked together, ready for new connections. */
export interface Certificates {
  readonly contents: CertificateContents;
  /** For `tls.connect` and `tls.createServer`. */
  readonly secureContext: SecureContext;
  /** When the first of our own certificates ends, or the last CA where we have none of our own. Milliseconds since the epoch. */
  readonly notAfter: number;
  /** Of our own certificate, in hex; undefined where we have none. */
  readonly serial?: string;
}

const wholeBlock = /-----BEGIN ([A-Z0-9 ]+)-----\r?\n[\s\S]+?\r?\n-----END \1-----/g;
const boundary = /-----(?:BEGIN|END) /g;

const refuse = (message: string, thrown?: unknown): CertificateRefusedError =>
  new CertificateRefusedError(message, thrown === undefined ? {} : { facts: { reason: toError(thrown).message } });

/** @throws CertificateRefusedError where there is none, or one that is cut short: OpenSSL would overlook the latter */
function certificatesOf(content: Buffer, path: string): readonly [X509Certificate, ...X509Certificate[]] {
  const text = content.toString('latin1');
  const blocks = [...text.matchAll(wholeBlock)].filter(([, kind]) => kind === 'CERTIFICATE');
  const boundaries = text.match(boundary)?.length ?? 0;
  if (boundaries !== 2 * [...text.matchAll(wholeBlock)].length) throw refuse(`${path} is cut short`);
  try {
    const [first, ...others] = blocks.map(([pem]) => new X509Certificate(pem));
    if (first !== undefined) return [first, ...others];
  } catch (thrown) {
    throw refuse(`${path} holds no certificate that can be read`, thrown);
  }
  throw refuse(`${path} holds no certificate`);
}

function keyOf(content: Buffer, path: string): KeyObject {
  try {
    return createPrivateKey(content);
  } catch {
    // What OpenSSL says of a key goes nowhere.
    throw refuse(`${path} holds no private key that can be read`);
  }
}

const startOf = (certificate: X509Certificate): number => Date.parse(certificate.validFrom);
const endOf = (certificate: X509Certificate): number => Date.parse(certificate.validTo);

function assertCurrent(certificate: X509Certificate, path: string, now: number): void {
  if (endOf(certificate) <= now) throw refuse(`${path} ended at ${certificate.validTo}`);
  if (startOf(certificate) > now) throw refuse(`${path} is not valid before ${certificate.validFrom}`);
}

/** In whatever order the others stand: the one that signed the first must be among them, if there are any. */
function assertChained([first, ...others]: readonly [X509Certificate, ...X509Certificate[]], path: string): void {
  const signed = others.some((issuer) => first.checkIssued(issuer) && first.verify(issuer.publicKey));
  if (others.length > 0 && !signed) throw refuse(`${path} holds a chain that does not lead from its first certificate`);
}

function checkOwn(contents: CertificateContents, files: CertificateFiles, now: number): readonly X509Certificate[] {
  const { certificate, key } = contents;
  if (certificate === undefined || key === undefined) return [];
  const [certificatePath, keyPath] = [files.certificate ?? '', files.key ?? ''];
  const chain = certificatesOf(certificate, certificatePath);
  const privateKey = keyOf(key, keyPath);
  if (!chain[0].checkPrivateKey(privateKey)) throw refuse(`${keyPath} is not the key of ${certificatePath}`);
  assertChained(chain, certificatePath);
  for (const one of chain) assertCurrent(one, certificatePath, now);
  return chain;
}

/** A CA that has ended may stay beside its successor; one at least must hold. */
function checkCa({ ca }: CertificateContents, path: string, now: number): readonly X509Certificate[] {
  if (ca === undefined) return [];
  const all = certificatesOf(ca, path);
  if (!all.every((one) => one.ca)) throw refuse(`${path} holds a certificate that is no CA's`);
  if (!all.some((one) => startOf(one) <= now && now < endOf(one)))
    throw refuse(`${path} holds no CA that is valid now`);
  return all;
}

/**
 * Checks the contents together, as the next connections would use them.
 * @param now milliseconds since the epoch
 * @throws CertificateRefusedError that says which file is wrong and why
 */
export function checkCertificates(contents: CertificateContents, files: CertificateFiles, now: number): Certificates {
  const own = checkOwn(contents, files, now);
  const cas = checkCa(contents, files.ca ?? '', now);
  try {
    const { certificate: cert, key, ca } = contents;
    return {
      contents,
      secureContext: createSecureContext({ ...(cert && { cert }), ...(key && { key }), ...(ca && { ca }) }),
      notAfter: own.length > 0 ? Math.min(...own.map(endOf)) : Math.max(...cas.map(endOf)),
      ...(own[0] && { serial: own[0].serialNumber }),
    };
  } catch (thrown) {
    throw refuse(`${files.certificate ?? files.ca ?? 'The certificate'} cannot be used`, thrown);
  }
}
