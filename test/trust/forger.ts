import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  calculateJwkThumbprint,
  exportSPKI,
  generateKeyPair,
  importJWK,
  type JWTPayload,
  SignJWT,
  UnsecuredJWT,
} from 'jose';
import { authAudience, authIssuer } from '../../src/ops/dev/auth-tokens.ts';
import { customer, merchant, otherMerchant } from './authorization.table.ts';

type Key = Parameters<SignJWT['sign']>[0];
type Header = { readonly alg: string; readonly kid?: string } & Readonly<Record<string, unknown>>;

const hour = 60 * 60;
const base64 = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** Makes tokens that look like Auth's, each with one thing wrong, and says by which check Auth must refuse it. */
export const createForger = async (keyFolder: string, nowSeconds: () => number) => {
  const jwk = JSON.parse(readFileSync(join(keyFolder, 'auth-signing-key.json'), 'utf8'));
  const { d: _private, ...publicJwk } = jwk;
  const privateKey = (await importJWK(jwk, 'ES256')) as Key;
  const publicKey = await importJWK(publicJwk, 'ES256');
  const publicPem = new TextEncoder().encode(await exportSPKI(publicKey as never));
  const kid = await calculateJwkThumbprint(publicJwk);
  const another = await generateKeyPair('ES256', { extractable: true });
  const rsa = await generateKeyPair('RS256');
  const good = { alg: 'ES256', kid };
  let ids = 0;

  const claims = (scopes: readonly string[], changed: JWTPayload = {}): JWTPayload => ({
    ...{ merchant_id: merchant, customer_id: customer, scope: scopes.join(' '), jti: `forged-${(ids += 1)}` },
    ...{ iat: nowSeconds(), iss: authIssuer, aud: authAudience, exp: nowSeconds() + hour, ...changed },
  });
  const sign = (payload: JWTPayload, header: Header = good, key: Key = privateKey): Promise<string> =>
    new SignJWT(payload).setProtectedHeader(header).sign(key);
  const withKey =
    (header: Header, key: Key = privateKey) =>
    (scopes: readonly string[]) =>
      sign(claims(scopes), header, key);
  const claiming = (changed: JWTPayload) => (scopes: readonly string[]) => sign(claims(scopes, changed));
  const swap = async (scopes: readonly string[], changed: JWTPayload) => {
    const [header, , signature] = (await sign(claims(scopes))).split('.');
    return `${header}.${base64(claims(scopes, changed))}.${signature}`;
  };

  const unsigned = 'ERR_JOSE_ALG_NOT_ALLOWED';
  const badSignature = 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED';
  const claim = (name: string) => `ERR_JWT_CLAIM_VALIDATION_FAILED ${name}`;
  type Make = (scopes: readonly string[]) => Promise<string>;
  const forgeries: readonly (readonly [name: string, reason: string, make: Make])[] = [
    ['alg none', unsigned, async (scopes) => new UnsecuredJWT(claims(scopes)).encode()],
    [
      'alg nOnE, with our signature',
      unsigned,
      async (scopes) => {
        const [, payload, signature] = (await sign(claims(scopes))).split('.');
        return `${base64({ alg: 'nOnE', kid })}.${payload}.${signature}`;
      },
    ],
    ['an empty signature', badSignature, async (scopes) => `${(await sign(claims(scopes))).split('.', 2).join('.')}.`],
    ['HS256 with the public key as its secret', unsigned, withKey({ alg: 'HS256', kid }, publicPem)],
    ['RS256 of a key of the forger’s', unsigned, withKey({ alg: 'RS256', kid }, rsa.privateKey)],
    ['the kid of ours, signed by another key', badSignature, withKey(good, another.privateKey)],
    ['another environment', badSignature, withKey({ alg: 'ES256', kid: 'production-1' }, another.privateKey)],
    [
      'a key that it brings itself',
      badSignature,
      withKey(
        { ...good, jwk: publicJwk, jku: 'http://127.0.0.1:1/keys', x5u: 'http://127.0.0.1:1/' },
        another.privateKey,
      ),
    ],
    ['an unknown kid', 'KEY_UNKNOWN', withKey({ alg: 'ES256', kid: 'another' })],
    ['no kid', 'KEY_UNKNOWN', withKey({ alg: 'ES256' })],
    ['a kid that is a path', 'KEY_UNKNOWN', withKey({ alg: 'ES256', kid: '../../../../dev/null' })],
    ['a kid that is a query', 'KEY_UNKNOWN', withKey({ alg: 'ES256', kid: `x' UNION SELECT '${kid}` })],
    [
      'an unknown critical header',
      'ERR_JOSE_NOT_SUPPORTED',
      async (scopes) => {
        const [, payload, signature] = (await sign(claims(scopes))).split('.');
        return `${base64({ ...good, crit: ['points'], points: 1 })}.${payload}.${signature}`;
      },
    ],
    ['another audience', claim('aud'), claiming({ aud: 'others' })],
    ['no audience', claim('aud'), claiming({ aud: undefined as never })],
    ['another issuer', claim('iss'), claiming({ iss: 'https://points-development-auth.example' })],
    ['expired', 'ERR_JWT_EXPIRED', claiming({ exp: nowSeconds() - 1 })],
    ['no end', claim('exp'), claiming({ exp: undefined as never })],
    ['not yet valid', claim('nbf'), claiming({ nbf: nowSeconds() + hour })],
    ['a merchant that is everyone', 'CLAIMS_WRONG', claiming({ merchant_id: '*' })],
    ['two merchants', 'CLAIMS_WRONG', claiming({ merchant_id: [merchant, otherMerchant] })],
    ['a customer that is everyone', 'CLAIMS_WRONG', claiming({ customer_id: '' })],
    ['another merchant than was signed', badSignature, (scopes) => swap(scopes, { merchant_id: otherMerchant })],
    ['more scopes than were signed', badSignature, (scopes) => swap([], { scope: scopes.join(' ') })],
    ['no token at all', 'ERR_JWS_INVALID', async () => 'not-a-jwt'],
    ['the parts of none', 'ERR_JWS_INVALID', async () => '..'],
  ];
  return {
    /** Shows that the forger's art is right: with nothing wrong, its token is accepted. */
    genuine: (scopes: readonly string[]) => sign(claims(scopes)),
    forgeries,
  };
};
