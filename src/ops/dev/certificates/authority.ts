import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509';

/** A certificate and its private key, both PEM; the key in PKCS #8, which Java wants. */
export interface IssuedCertificate {
  readonly certificate: string;
  readonly key: string;
}

export interface Validity {
  readonly notBefore: Date;
  readonly notAfter: Date;
}

export interface LeafOptions extends Validity {
  readonly commonName: string;
  /** DNS names and IP addresses that it stands for. */
  readonly names: readonly string[];
}

/** A certificate authority for development and tests: its key lies in a file or in memory, as no real one's may. */
export interface Authority extends IssuedCertificate {
  /** A certificate that serves for both ends of a connection. */
  issue(leaf: LeafOptions): Promise<IssuedCertificate>;
}

const algorithm = { name: 'ECDSA', namedCurve: 'P-256' } as const;
const signingAlgorithm = { name: 'ECDSA', hash: 'SHA-256' } as const;
const { subtle } = webcrypto;
const newKeys = () => subtle.generateKey(algorithm, true, ['sign', 'verify']);

const keyPem = async (key: webcrypto.CryptoKey): Promise<string> =>
  `${PemConverter.encode(await subtle.exportKey('pkcs8', key), 'PRIVATE KEY')}\n`;

const certificatePem = (certificate: X509Certificate): string => `${certificate.toString('pem')}\n`;

const isAddress = (name: string): boolean => /^[\d.]+$|:/.test(name);

const authorityOf = (ca: X509Certificate, caKey: webcrypto.CryptoKey, pem: IssuedCertificate): Authority => ({
  ...pem,
  issue: async ({ commonName, names, notBefore, notAfter }) => {
    const keys = await newKeys();
    const certificate = await X509CertificateGenerator.create({
      ...{ subject: [{ CN: [commonName] }], issuer: ca.subject, notBefore, notAfter, signingAlgorithm },
      ...{ publicKey: keys.publicKey, signingKey: caKey },
      extensions: [
        new BasicConstraintsExtension(false, undefined, true),
        new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
        new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth, ExtendedKeyUsage.clientAuth]),
        new SubjectAlternativeNameExtension(names.map((value) => ({ type: isAddress(value) ? 'ip' : 'dns', value }))),
        await AuthorityKeyIdentifierExtension.create(ca.publicKey),
      ],
    });
    return { certificate: certificatePem(certificate), key: await keyPem(keys.privateKey) };
  },
});

export async function createAuthority(commonName: string, { notBefore, notAfter }: Validity): Promise<Authority> {
  const keys = await newKeys();
  const ca = await X509CertificateGenerator.createSelfSigned({
    ...{ name: [{ CN: [commonName] }], keys, notBefore, notAfter, signingAlgorithm },
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return authorityOf(ca, keys.privateKey, { certificate: certificatePem(ca), key: await keyPem(keys.privateKey) });
}

/** The authority that was written down before. */
export async function loadAuthority(pem: IssuedCertificate): Promise<Authority> {
  const der = PemConverter.decodeFirst(pem.key);
  const key = await subtle.importKey('pkcs8', der, algorithm, true, ['sign']);
  return authorityOf(new X509Certificate(pem.certificate), key, pem);
}
