import { createHmac, timingSafeEqual } from 'node:crypto';

/** Length of 32 bytes in padded base64. */
const signatureLength = 44;

/**
 * How many signatures are computed at least: a shop has two secrets while one is rotated. So a shop that is not known
 * here takes as long as one that is, and nobody learns from the time which shops there are.
 */
const leastRounds = 2;
const decoySecret = 'signs for nobody';

const sign = (rawBody: Buffer, secret: string): Buffer =>
  Buffer.from(createHmac('sha256', secret).update(rawBody).digest('base64'), 'utf8');

/**
 * Whether base64(HMAC-SHA256(secret, rawBody)) is the given signature, for any of the secrets. Compared as text, so that
 * only canonical base64 passes, in constant time, and with all secrets whether or not one has matched.
 * @param secrets empty for an unknown shop: false, after the same work
 */
export const isSignedBy = (rawBody: Buffer, signature: string, secrets: readonly string[]): boolean => {
  const given = Buffer.from(signature, 'utf8');
  let signed = false;
  for (let round = 0; round < Math.max(secrets.length, leastRounds); round += 1) {
    const secret = secrets[round];
    const expected = sign(rawBody, secret ?? decoySecret);
    const equal = given.length === signatureLength && timingSafeEqual(given, expected);
    if (equal && secret !== undefined) signed = true;
  }
  return signed;
};
