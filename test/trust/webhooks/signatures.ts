import { createHash, createHmac } from 'node:crypto';
import type { Random } from '../../support/random.ts';
import { eachOf, openDoor, sign } from './door.ts';
import { orderOf } from './orders.ts';
import type { Stage } from './stage.ts';

type Mutate = (signature: string, body: Buffer, random: Random, stage: Stage) => string | readonly string[] | undefined;

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const bytesOf = (signature: string): Buffer => Buffer.from(signature, 'base64');
const at = (random: Random, text: string): number => random.between(0, text.length - 1);

/** Another character of base64's at a place. */
const replaced = (text: string, place: number, random: Random): string => {
  const others = Array.from(alphabet).filter((char) => char !== text[place]);
  return text.slice(0, place) + random.pick(others) + text.slice(place + 1);
};

/** Every way in which a signature is nearly right. Undefined: the header is not sent. */
export const signatureMutations: Readonly<Record<string, Mutate>> = {
  'one bit of the digest': (signature, _body, random) => {
    const bytes = bytesOf(signature);
    const bit = random.between(0, bytes.length * 8 - 1);
    bytes.writeUInt8(bytes.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
    return bytes.toString('base64');
  },
  'one character': (signature, _body, random) => replaced(signature, random.between(0, 42), random),
  'unused bits of the last character': (signature, _body, random) => {
    // 32 bytes leave two bits over: four characters decode to the same bytes, and one of them is canonical.
    const last = alphabet.indexOf(signature[42] ?? '');
    return `${signature.slice(0, 42)}${alphabet[last + random.between(1, 3)] ?? ''}=`;
  },
  'cut off': (signature, _body, random) => signature.slice(0, at(random, signature)),
  'cut off in front': (signature, _body, random) => signature.slice(1 + at(random, signature)),
  'no padding': (signature) => signature.replace('=', ''),
  'more padding': (signature, _body, random) => signature + '='.repeat(random.between(1, 4)),
  'something behind it': (signature, _body, random) => signature + replaced('A', 0, random),
  twice: (signature) => signature + signature,
  'joined with a comma': (signature, _body, random) =>
    random.pick([`${signature},${signature}`, `${signature}, x`, `x, ${signature}`]),
  'two headers': (signature, _body, random) =>
    random.pick([
      [signature, signature],
      [signature, 'x'],
      ['x', signature],
    ]),
  'a space inside': (signature, _body, random) => {
    const place = random.between(1, 43);
    return `${signature.slice(0, place)} ${signature.slice(place)}`;
  },
  'a tab inside': (signature, _body, random) => {
    const place = random.between(1, 43);
    return `${signature.slice(0, place)}\t${signature.slice(place)}`;
  },
  quotes: (signature) => `"${signature}"`,
  'a scheme before it': (signature, _body, random) => random.pick(['sha256=', 'hmac ', 'v1=']) + signature,
  'lower case': (signature) => signature.toLowerCase(),
  'upper case': (signature) => signature.toUpperCase(),
  hexadecimal: (signature) => bytesOf(signature).toString('hex'),
  'base64 of hexadecimal': (signature) => Buffer.from(bytesOf(signature).toString('hex')).toString('base64'),
  'base64 twice': (signature) => Buffer.from(signature).toString('base64'),
  'percent-encoded': (signature) => encodeURIComponent(signature),
  'bytes backwards': (signature) => bytesOf(signature).reverse().toString('base64'),
  nothing: () => '',
  'no header': () => undefined,
  null: (_signature, _body, random) => random.pick(['null', 'undefined', 'true', '0', '[object Object]']),
  zeros: () => Buffer.alloc(32).toString('base64'),
  'at random': (_signature, _body, random) =>
    Buffer.from(Array.from({ length: 32 }, () => random.between(0, 255))).toString('base64'),
  'the empty secret': (_signature, body) => sign('', body),
  'another shop’s secret': (_signature, body, _random, { good }) => sign(good.secret, body),
  'the secret in upper case': (_signature, body, _random, { hostile }) => sign(hostile.secret.toUpperCase(), body),
  'the secret and a line break': (_signature, body, _random, { hostile }) => sign(`${hostile.secret}\n`, body),
  'the decoy for unknown shops': (_signature, body) => sign('signs for nobody', body),
  'no key': (_signature, body) => createHash('sha256').update(body).digest('base64'),
  'another hash': (_signature, body, random, { hostile }) =>
    createHmac(random.pick(['sha1', 'sha512', 'md5']), hostile.secret)
      .update(body)
      .digest('base64'),
  'of the body and a line break': (_signature, body, _random, { hostile }) =>
    sign(hostile.secret, Buffer.concat([body, Buffer.from('\n')])),
  'of another body': (_signature, body, random, { hostile }) => {
    const other = Buffer.from(body);
    const place = random.between(0, other.length - 1);
    other.writeUInt8(other.readUInt8(place) ^ 1, place);
    return sign(hostile.secret, other);
  },
  'of nothing': (_signature, _body, _random, { hostile }) => sign(hostile.secret, Buffer.alloc(0)),
};

/** The URL-safe alphabet differs only where the signature has a character of the two. */
const urlSafe = (signature: string): string => signature.replaceAll('+', '-').replaceAll('/', '_');

export interface SignatureFindings {
  readonly sent: number;
  /** What was mutated and not answered 401, or was exact and not answered 200. */
  readonly wrong: readonly string[];
  /** Exact ones sent between the others. */
  readonly exact: number;
}

const exactEvery = 100;

/**
 * Sends mutated signatures of orders that would be taken, each of an order of its own; every hundredth is exact.
 * @param idFrom the first order's id; the next ones count up
 */
export const attackSignatures = async (
  stage: Stage,
  { count, random, idFrom }: { readonly count: number; readonly random: Random; readonly idFrom: number },
): Promise<SignatureFindings> => {
  const door = openDoor(stage.port, 16);
  const mutations: readonly (readonly [string, Mutate])[] = [
    ...Object.entries(signatureMutations),
    ['the URL-safe alphabet', urlSafe],
  ];
  const wrong: string[] = [];
  let exact = 0;
  const send = async (index: number): Promise<void> => {
    const body = orderOf(idFrom + index, 9);
    const signature = sign(stage.hostile.secret, body);
    const [name, mutate] = mutations[index % mutations.length]!;
    const given = index % exactEvery === 0 ? signature : mutate(signature, body, random, stage);
    const isExact = given === signature;
    if (isExact) exact += 1;
    const headers = { 'x-shopify-hmac-sha256': given as string };
    const { status } = await door.post({ topic: 'orders/create', shop: stage.hostile, body, headers });
    if (status !== (isExact ? 200 : 401))
      wrong.push(`${isExact ? 'exact' : name}: ${String(status)} for ${String(given)}`);
  };
  await eachOf(
    Array.from({ length: count }, (_, index) => index),
    16,
    send,
  );
  door.close();
  return { sent: count, wrong, exact };
};
