import { exportSPKI, importJWK, type JWTPayload, SignJWT, UnsecuredJWT } from 'jose';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../src/common/clock.ts';
import { startAuthServer } from '../../src/ops/dev/auth-server.ts';
import { authAudience, authIssuer } from '../../src/ops/dev/auth-tokens.ts';
import { customer, getBalance, merchant, otherCustomer, otherMerchant } from './grpc-clients.ts';
import { startHarness } from './harness.ts';

const scopeSets = [['merchant:points:view'], ['customer:points:view'], []] as const;
type Scopes = (typeof scopeSets)[number];

const hour = 60 * 60;
const now = (): number => Math.floor(Date.now() / 1000);

/** Makes tokens that look like Auth's, with one thing wrong. */
async function forger(keyFolder: string, kid: string) {
  const jwk = JSON.parse(readFileSync(join(keyFolder, 'auth-signing-key.json'), 'utf8'));
  const { d: _private, ...publicJwk } = jwk;
  const privateKey = await importJWK(jwk, 'ES256');
  const publicPem = new TextEncoder().encode(await exportSPKI((await importJWK(publicJwk, 'ES256')) as never));
  const claims = (scopes: Scopes, changed: JWTPayload = {}): JWTPayload => ({
    ...{ merchant_id: merchant, customer_id: customer, scope: scopes.join(' '), jti: 'j', iat: now() },
    ...{ iss: authIssuer, aud: authAudience, exp: now() + hour, ...changed },
  });
  const signed = (payload: JWTPayload, header: { alg: string; kid: string }, key: Parameters<SignJWT['sign']>[0]) =>
    new SignJWT(payload).setProtectedHeader(header).sign(key);
  const good = { alg: 'ES256', kid };
  return {
    // Shows that the forger's art is right: with nothing wrong, its token is accepted.
    none: (scopes: Scopes) => signed(claims(scopes), good, privateKey),
    unsigned: async (scopes: Scopes) => new UnsecuredJWT(claims(scopes)).encode(),
    publicKeyAsSecret: (scopes: Scopes) => signed(claims(scopes), { ...good, alg: 'HS256' }, publicPem),
    audience: (scopes: Scopes) => signed(claims(scopes, { aud: 'others' }), good, privateKey),
    issuer: (scopes: Scopes) => signed(claims(scopes, { iss: 'somebody' }), good, privateKey),
    kid: (scopes: Scopes) => signed(claims(scopes), { ...good, kid: 'another' }, privateKey),
    expired: (scopes: Scopes) => signed(claims(scopes, { exp: now() - 1 }), good, privateKey),
    noExpiry: (scopes: Scopes) => signed(claims(scopes, { exp: undefined as never }), good, privateKey),
    claim: (scopes: Scopes) => signed(claims(scopes, { merchant_id: 'everyone' }), good, privateKey),
    signature: async (scopes: Scopes) => {
      const token = await signed(claims(scopes), good, privateKey);
      const [header, , signature] = token.split('.');
      const payload = Buffer.from(JSON.stringify(claims(scopes, { merchant_id: otherMerchant }))).toString('base64url');
      return `${header}.${payload}.${signature}`;
    },
  };
}

const kidOf = (token: string): string =>
  JSON.parse(Buffer.from(token.split('.')[0]!, 'base64url').toString('utf8')).kid;

describe.each(scopeSets.map((scopes) => ({ scopes, name: scopes.join(' ') || 'no scope' })))(
  'with $name',
  ({ scopes }) => {
    const own = scopes.length > 0 ? 'OK' : 'PERMISSION_DENIED';
    const another = scopes[0] === 'merchant:points:view' ? 'OK' : 'PERMISSION_DENIED';

    test('a token of the customer opens what its scope says, and every refusal reads the same', async () => {
      const { auth, client } = await startHarness();
      const token = await auth.issueToken({ merchantId: merchant, scopes, customerId: customer });
      const answers = {
        own: await getBalance(client, { token }),
        another: await getBalance(client, { token, customerId: otherCustomer }),
        foreign: await getBalance(client, { token, merchantId: otherMerchant }),
      };
      expect(answers).toMatchObject({
        own: { code: own },
        another: { code: another },
        foreign: { code: 'PERMISSION_DENIED' },
      });
      const refusals = Object.values(answers).filter(({ code }) => code !== 'OK');
      expect(new Set(refusals.map(({ details }) => details))).toEqual(new Set(['The token does not allow this']));
    });

    test('a token that names no customer opens no single customer', async () => {
      const { auth, client } = await startHarness();
      const token = await auth.issueToken({ merchantId: merchant, scopes });
      expect(await getBalance(client, { token })).toMatchObject({ code: another });
    });

    test('no token, a revoked one and an expired one are UNAUTHENTICATED alike', async () => {
      const { auth, client } = await startHarness();
      const who = { merchantId: merchant, scopes, customerId: customer };
      const revoked = await auth.issueToken(who);
      await auth.revoke(revoked);
      const answers = [
        await getBalance(client, {}),
        await getBalance(client, { metadata: { authorization: 'Basic dXNlcjpwYXNz' } }),
        await getBalance(client, { token: 'not-a-jwt' }),
        await getBalance(client, { token: revoked }),
        await getBalance(client, { token: await auth.issueToken({ ...who, expiresInSeconds: -1 }) }),
      ];
      for (const answer of answers) {
        expect(answer).toMatchObject({
          code: 'UNAUTHENTICATED',
          details: 'A valid token is required: authorization: Bearer <token>',
        });
      }
    });

    test.each([
      'unsigned',
      'publicKeyAsSecret',
      'audience',
      'issuer',
      'kid',
      'expired',
      'noExpiry',
      'claim',
      'signature',
    ] as const)('a token forged in its %s is UNAUTHENTICATED', async (wrong) => {
      const { auth, client, keyFolder } = await startHarness();
      const real = await auth.issueToken({ merchantId: merchant, scopes, customerId: customer });
      const forge = await forger(keyFolder, kidOf(real));
      expect(await getBalance(client, { token: await forge.none(scopes) })).toMatchObject({ code: own });
      expect(await getBalance(client, { token: await forge[wrong](scopes) })).toMatchObject({
        code: 'UNAUTHENTICATED',
      });
    });
  },
);

describe('the stand-in Auth', () => {
  test('accepts its tokens after a restart, and still refuses what was revoked', async () => {
    const { auth, client, keyFolder } = await startHarness();
    const token = await auth.issueToken({ merchantId: merchant, scopes: ['merchant:points:view'] });
    const revoked = await auth.issueToken({ merchantId: merchant, scopes: ['merchant:points:view'] });
    await auth.revoke(revoked);
    await auth.close();
    const port = Number(auth.address.split(':')[1]);
    const restarted = await startAuthServer({ port, keyFolder, clock: systemClock });
    onTestFinished(() => restarted.close());
    expect(await getBalance(client, { token })).toMatchObject({ code: 'OK' });
    expect(await getBalance(client, { token: revoked })).toMatchObject({ code: 'UNAUTHENTICATED' });
  });

  test('names the port when it is taken', async () => {
    const { auth, keyFolder } = await startHarness();
    const port = Number(auth.address.split(':')[1]);
    await expect(startAuthServer({ port, keyFolder })).rejects.toThrow(`Port ${port} of auth stand-in is taken`);
  });
});
