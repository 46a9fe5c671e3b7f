import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isSignedBy } from '../../../src/ingress/webhooks/signature.ts';

const body = Buffer.from('{"id":820982911946154508}');
const secret = 'vault';
const sign = (bytes: Uint8Array, key: string): string => createHmac('sha256', key).update(bytes).digest('base64');
/** From OpenSSL: printf '%s' BODY | openssl dgst -sha256 -hmac vault -binary | base64 */
const signature = 'zzaomXKkU0KImrPJ1ceb4sMfdd0+zXu3dfRL/IypQc4=';

describe('isSignedBy', () => {
  it('accepts the signature another implementation makes', () => {
    expect(isSignedBy(body, signature, [secret])).toBe(true);
  });

  it.each([
    ['the first', [secret, 'other']],
    ['the second', ['other', secret]],
    ['the third', ['other', 'another', secret]],
  ])('accepts a signature by %s of several secrets', (_which, secrets) => {
    expect(isSignedBy(body, signature, secrets)).toBe(true);
  });

  it('accepts nobody for a shop without secrets, not even who knows the decoy', () => {
    expect(isSignedBy(body, signature, [])).toBe(false);
    expect(isSignedBy(body, sign(body, 'signs for nobody'), [])).toBe(false);
    expect(isSignedBy(body, sign(body, 'signs for nobody'), [secret])).toBe(false);
    expect(isSignedBy(body, sign(body, ''), [secret])).toBe(false);
  });

  it.each([
    ['nothing', ''],
    ['no padding', signature.slice(0, -1)],
    ['a space after it', `${signature} `],
    ['a line break after it', `${signature}\n`],
    ['hexadecimal digits', Buffer.from(signature, 'base64').toString('hex')],
    ['the URL-safe alphabet', 'zzaomXKkU0KImrPJ1ceb4sMfdd0-zXu3dfRL_IypQc4='],
    ['other unused bits that decode to the same bytes', `${signature.slice(0, 42)}5=`],
    [
      'characters that are the same modulo 256',
      signature.replaceAll(/./g, (char) => String.fromCharCode(char.charCodeAt(0) + 256)),
    ],
  ])('refuses %s', (_what, given) => {
    expect(isSignedBy(body, given, [secret])).toBe(false);
  });

  it('refuses every change of one bit of the body', () => {
    fc.assert(
      fc.property(fc.nat(body.length * 8 - 1), (bit) => {
        const changed = Buffer.from(body);
        changed.writeUInt8(changed.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
        expect(isSignedBy(changed, signature, [secret, 'other'])).toBe(false);
      }),
    );
  });

  it('refuses every other text as signature', () => {
    const nearly = fc
      .tuple(fc.nat(signature.length - 1), fc.string({ minLength: 1, maxLength: 1, unit: 'binary' }))
      .map(([at, char]) => signature.slice(0, at) + char + signature.slice(at + 1));
    fc.assert(
      fc.property(fc.oneof(nearly, fc.base64String(), fc.string()), (given) => {
        expect(isSignedBy(body, given, [secret])).toBe(given === signature);
      }),
      { numRuns: 1000 },
    );
  });

  it('accepts what its secret has signed, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.string({ minLength: 1, unit: 'binary' }), (bytes, key) => {
        expect(isSignedBy(Buffer.from(bytes), sign(bytes, key), [key])).toBe(true);
      }),
    );
  });
});
