import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type CryptoKey, calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK, type JWK } from 'jose';

/** The signing key of the stand-in Auth. */
export interface AuthKeys {
  readonly keyId: string;
  readonly privateKey: CryptoKey;
  readonly publicKey: CryptoKey;
}

export const authAlgorithm = 'ES256';

const readIfThere = async (file: string): Promise<string | undefined> => {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
};

/** Written whole or not at all, and for its owner's eyes only. */
const writeSecret = async (file: string, text: string): Promise<void> => {
  await writeFile(`${file}.new`, text, { mode: 0o600 });
  await rename(`${file}.new`, file);
};

async function newKey(file: string): Promise<JWK> {
  const { privateKey } = await generateKeyPair(authAlgorithm, { extractable: true });
  const jwk = await exportJWK(privateKey);
  await writeSecret(file, JSON.stringify(jwk));
  return jwk;
}

/** The key kept in the folder, made there the first time, so that tokens outlive a restart. */
export async function loadAuthKeys(folder: string): Promise<AuthKeys> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const file = join(folder, 'auth-signing-key.json');
  const kept = await readIfThere(file);
  const jwk = kept === undefined ? await newKey(file) : (JSON.parse(kept) as JWK);
  const { d: _private, ...publicJwk } = jwk;
  return {
    keyId: await calculateJwkThumbprint(publicJwk),
    privateKey: (await importJWK(jwk, authAlgorithm)) as CryptoKey,
    publicKey: (await importJWK(publicJwk, authAlgorithm)) as CryptoKey,
  };
}

/** Ids of revoked tokens, kept in the folder like the key. */
export interface Revocations {
  has(tokenId: string): boolean;
  add(tokenId: string): Promise<void>;
}

export async function loadRevocations(folder: string): Promise<Revocations> {
  const file = join(folder, 'auth-revoked.json');
  const revoked = new Set(JSON.parse((await readIfThere(file)) ?? '[]') as string[]);
  return {
    has: (tokenId) => revoked.has(tokenId),
    add: async (tokenId) => {
      revoked.add(tokenId);
      await writeSecret(file, JSON.stringify([...revoked]));
    },
  };
}
