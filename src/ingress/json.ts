import { isLosslessNumber, parse } from 'lossless-json';
import { DeliveryRefusedError } from './problem.ts';

/** An order nests 8 levels; the parser recurses, and must not be led to the end of the stack. */
const maxDepth = 64;

const quote = 0x22;
const backslash = 0x5c;
const openers = new Set([0x5b, 0x7b]);
const closers = new Set([0x5d, 0x7d]);

/** Whether brackets outside strings nest deeper than allowed; says nothing about whether they match. */
const isTooDeep = (text: string): boolean => {
  let depth = 0;
  let inString = false;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (inString) {
      if (code === backslash) index += 1;
      else if (code === quote) inString = false;
    } else if (code === quote) inString = true;
    else if (openers.has(code)) {
      depth += 1;
      if (depth > maxDepth) return true;
    } else if (closers.has(code)) depth -= 1;
  }
  return false;
};

const utf8 = new TextDecoder('utf-8', { fatal: true });

const parseText = (rawBody: Buffer): string => {
  try {
    return utf8.decode(rawBody);
  } catch {
    throw new DeliveryRefusedError('body_not_json');
  }
};

/**
 * JSON with numbers as they are written (64-bit ids stay exact). One key with two values is refused, because readers
 * differ in which they take. `__proto__` is a key like any other.
 * @throws DeliveryRefusedError body_not_json, body_too_deep
 */
export const parseJson = (rawBody: Buffer): unknown => {
  const text = parseText(rawBody);
  if (isTooDeep(text)) throw new DeliveryRefusedError('body_too_deep');
  try {
    return parse(text);
  } catch {
    // The parser's message quotes the body, so it goes no further.
    throw new DeliveryRefusedError('body_not_json');
  }
};

/** An object of parsed JSON. Read it with `member`: its keys are the sender's. */
export type JsonObject = Readonly<Record<string, unknown>>;

export const isJsonObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !isLosslessNumber(value);

/** A member of an object, never one it inherits; null and absent are both undefined. */
export const member = (object: JsonObject, name: string): unknown =>
  Object.hasOwn(object, name) ? (object[name] ?? undefined) : undefined;

/** A number as it was written, or a text; undefined for anything else. */
export const scalarText = (value: unknown): string | undefined => {
  if (typeof value === 'string') return value;
  return isLosslessNumber(value) ? value.value : undefined;
};
