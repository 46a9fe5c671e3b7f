import { Long, UUID } from 'mongodb';

const canonicalUuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** A BSON UUID (subtype 4) from its canonical text; undefined where the text is not one. */
export const uuidOf = (text: string): UUID | undefined => (canonicalUuid.test(text) ? new UUID(text) : undefined);

const isInt32 = (value: number): boolean => value >= -0x8000_0000 && value <= 0x7fff_ffff;

/**
 * A whole number as BSON int or long. The driver writes whole numbers beyond 32 bits as doubles, which our validators
 * refuse; what is not whole is left alone for them to refuse.
 */
export const integerOf = (value: number): number | Long =>
  !Number.isInteger(value) || isInt32(value) ? value : Long.fromNumber(value);

/** The smallest and the greatest UUID: between them lie binaries of 16 bytes and subtype 4, and nothing else. */
export const everyUuid = {
  $gte: new UUID('00000000-0000-0000-0000-000000000000'),
  $lte: new UUID('ffffffff-ffff-ffff-ffff-ffffffffffff'),
} as const;
