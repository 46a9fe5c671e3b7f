import { X509Certificate } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { checkCertificates } from '../../../src/adapters/tls/check-certificates.ts';
import { CertificateRefusedError } from '../../../src/adapters/tls/index.ts';
import { issue, newAuthority, validity } from '../../support/certificates.ts';

const files = { certificate: '/tls.crt', key: '/tls.key', ca: '/ca.crt' };
const authority = await newAuthority();
const other = await newAuthority('Another CA');
const issued = await issue(authority);
const second = await issue(authority);

const check = (texts: Partial<Record<keyof typeof files, string>>, now = Date.now()) =>
  checkCertificates(
    Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, Buffer.from(text)])),
    files,
    now,
  );
const good = { certificate: issued.certificate, key: issued.key, ca: authority.certificate };

describe('Certificate files', () => {
  test('that belong together are taken, with the serial and the end of our own certificate', () => {
    const { serial, notAfter } = check(good);
    const certificate = new X509Certificate(issued.certificate);
    expect(serial).toBe(certificate.serialNumber);
    expect(notAfter).toBe(Date.parse(certificate.validTo));
  });

  test('may bring the certificates that lead to their CA, in any order', () => {
    check({ ...good, certificate: issued.certificate + other.certificate + authority.certificate });
  });

  test('may be a CA alone, which then says when they end', () => {
    const { serial, notAfter } = check({ ca: authority.certificate });
    expect(serial).toBeUndefined();
    expect(notAfter).toBe(Date.parse(new X509Certificate(authority.certificate).validTo));
  });

  test('may keep a CA that has ended beside its successor', async () => {
    const ended = await newAuthority('Old CA', -5, -4);
    check({ ...good, ca: ended.certificate + authority.certificate });
  });

  const half = (text: string) => text.slice(0, text.length / 2);
  test.each([
    ['a certificate with the key of another', { ...good, key: second.key }, '/tls.key is not the key of /tls.crt'],
    ['an empty certificate', { ...good, certificate: '' }, '/tls.crt holds no certificate'],
    ['an empty key', { ...good, key: '' }, '/tls.key holds no private key that can be read'],
    ['an empty CA', { ...good, ca: '' }, '/ca.crt holds no certificate'],
    ['half a certificate', { ...good, certificate: half(issued.certificate) }, '/tls.crt is cut short'],
    ['half a key', { ...good, key: half(issued.key) }, '/tls.key holds no private key that can be read'],
    [
      'half a chain',
      { ...good, certificate: issued.certificate + half(authority.certificate) },
      '/tls.crt is cut short',
    ],
    ['half a bundle of CAs', { ...good, ca: authority.certificate + half(other.certificate) }, '/ca.crt is cut short'],
    [
      'a chain that leads from another certificate',
      { ...good, certificate: issued.certificate + other.certificate },
      '/tls.crt holds a chain that does not lead from its first certificate',
    ],
    ['a leaf as a CA', { ...good, ca: second.certificate }, "/ca.crt holds a certificate that is no CA's"],
    ['a key in the place of a certificate', { ...good, certificate: issued.key }, '/tls.crt holds no certificate'],
  ])('are refused with %s', (_what, texts, message) => {
    expect(() => check(texts)).toThrow(new CertificateRefusedError(message));
  });

  test('are refused before their time and after it', async () => {
    const early = await issue(authority, validity(5));
    const late = await issue(authority, validity(-5));
    expect(() => check({ ...good, ...early })).toThrow(/^\/tls.crt is not valid before /);
    expect(() => check({ ...good, ...late })).toThrow(/^\/tls.crt ended at /);
  });

  test('are refused when every CA has ended', async () => {
    const ended = await newAuthority('Old CA', -5, -4);
    expect(() => check({ ...good, ca: ended.certificate })).toThrow('/ca.crt holds no CA that is valid now');
  });

  test('are refused without a word of the key', () => {
    const broken = issued.key.replace('BEGIN', 'BEGUN');
    try {
      check({ ...good, key: broken });
      expect.unreachable();
    } catch (error) {
      expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain(broken.slice(40, 60));
    }
  });
});
