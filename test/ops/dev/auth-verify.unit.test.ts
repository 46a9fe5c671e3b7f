import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { decodeJwt } from 'jose';
import { loadAuthKeys } from '../../../src/ops/dev/auth-keys.ts';
import { type TokenRefusedError, tokenVerifier } from '../../../src/ops/dev/auth-verify.ts';
import { merchant } from '../../trust/authorization.table.ts';
import { createForger } from '../../trust/forger.ts';

const clock = { now: () => Date.UTC(2026, 0, 31) };
const scopes = ['merchant:points:view'];

const start = async () => {
  const folder = mkdtempSync(join(tmpdir(), 'points-auth-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const revoked = new Set<string>();
  const verify = tokenVerifier({ keys: await loadAuthKeys(folder), revocations: revoked, clock });
  return { revoked, verify, forger: await createForger(folder, () => clock.now() / 1000) };
};

test('The stand-in Auth refuses every forgery, each for what is wrong with it', async () => {
  const { verify, forger } = await start();
  expect(await verify(await forger.genuine(scopes))).toMatchObject({ merchant_id: merchant, scopes });
  const reasons: [string, string][] = [];
  for (const [name, , make] of forger.forgeries) {
    const reason = await verify(await make(scopes)).then(
      () => 'taken',
      (refused: unknown) => (refused as TokenRefusedError).code,
    );
    reasons.push([name, reason]);
  }
  expect(reasons).toEqual(forger.forgeries.map(([name, reason]) => [name, reason]));
});

test('The stand-in Auth refuses a token that was revoked', async () => {
  const { revoked, verify, forger } = await start();
  const token = await forger.genuine(scopes);
  revoked.add(decodeJwt(token).jti ?? '');
  await expect(verify(token)).rejects.toMatchObject({ code: 'TOKEN_REVOKED' });
});
