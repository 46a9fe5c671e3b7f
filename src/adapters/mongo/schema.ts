import type { Document } from 'mongodb';
import { everyUuid } from './bson.ts';
import { sentenceRules, type TextRule, textRules } from './texts/text-rules.ts';

/** The greatest number that JavaScript counts exactly. */
const greatest = Number.MAX_SAFE_INTEGER;

/** In PCRE `$` also matches before a line break at the end. */
const whole = (pattern: string): string => `^(?:${pattern})$(?!\\n)`;

const text = (pattern: string, maxLength: number): Document => ({
  bsonType: 'string',
  minLength: 1,
  maxLength,
  pattern: whole(pattern),
});

const ruledText = (rules: readonly TextRule[], maxLength: number): Document => ({
  bsonType: 'string',
  minLength: 1,
  maxLength,
  // A sentence has words.
  pattern: '\\p{L}',
  // The server names the title of the rule that refused a document.
  allOf: rules.map(({ refusal, pattern }) => ({ title: refusal, not: { pattern } })),
});

/** Shapes of single fields, as JSON schema of MongoDB. */
export const field = {
  /** JSON schema knows binaries, not their subtype: `collectionValidator` adds the rest. */
  uuid: { bsonType: 'binData' },
  uuidOrNull: { bsonType: ['null', 'binData'] },
  date: { bsonType: 'date' },
  bytes: { bsonType: 'binData' },
  semanticVersion: text('[0-9]+\\.[0-9]+\\.[0-9]+', 32),
  locale: text('[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*', 35),
  correlationId: text('[^\\p{Cc}]+', 256),
  traceparent: text('[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}', 55),
  line: text('[^\\p{Cc}]+', 280),
  digits: text('[0-9]+', 32),
  messageKey: text('[a-z][a-z0-9_]*(?:\\.[a-z0-9_]+)*', 128),
  hostName: text('[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*', 253),
  currency: text('[A-Z]{3}', 3),
  /** A rendered translation: one line, no placeholder, nothing that points to a person or out of the shop. */
  sentence: ruledText(sentenceRules, 280),
  /** A translation as written, with ICU placeholders. */
  translation: ruledText(textRules, 2_000),
} as const satisfies Readonly<Record<string, Document>>;

/** A whole number stored as int or long. */
export const integer = (minimum: number): Document => ({ bsonType: ['int', 'long'], minimum, maximum: greatest });

/** A whole number stored as int or long, either way from 0 but never 0 itself. */
export const integerButZero: Document = {
  bsonType: ['int', 'long'],
  minimum: -greatest,
  maximum: greatest,
  not: { enum: [0] },
};

/** A whole number in a document that people write too: a shell stores every number as a double. */
export const handWrittenInteger = (minimum: number, maximum: number = greatest): Document => ({
  bsonType: ['int', 'long', 'double'],
  multipleOf: 1,
  minimum,
  maximum,
});

export const nullable = (shape: Document): Document => ({ anyOf: [{ bsonType: 'null' }, shape] });

export const oneOf = (...values: readonly string[]): Document => ({ enum: [...values] });

export interface ValidatorOptions {
  readonly properties: Readonly<Record<string, Document>>;
  /** All properties by default. */
  readonly optional?: readonly string[];
  /** Whether fields that are not named here may be there; they may not by default. */
  readonly open?: boolean;
}

/** JSON schema says whether a field may be missing or null; what is there, of whatever it is, must be in the range. */
const uuidRule = (name: string, mayBeAbsent: boolean): Document => {
  const inRange = { [name]: { ...everyUuid } };
  return mayBeAbsent ? { $or: [{ [name]: null }, inRange] } : inRange;
};

/** The validator of a collection; a field of shape `field.uuid` or `field.uuidOrNull` must hold 16 bytes of subtype 4. */
export const collectionValidator = ({ properties, optional = [], open = false }: ValidatorOptions): Document => {
  const names = Object.keys(properties);
  const required = names.filter((name) => !optional.includes(name));
  const schema = {
    bsonType: 'object',
    // The server refuses an empty list.
    ...(required.length > 0 && { required }),
    properties: { _id: {}, ...properties },
    additionalProperties: open,
  };
  const isUuid = (name: string): boolean => [field.uuid, field.uuidOrNull].some((shape) => properties[name] === shape);
  const mayBeAbsent = (name: string): boolean => optional.includes(name) || properties[name] === field.uuidOrNull;
  const uuids = names.filter(isUuid).map((name) => uuidRule(name, mayBeAbsent(name)));
  return { $and: [{ $jsonSchema: schema }, ...uuids] };
};
