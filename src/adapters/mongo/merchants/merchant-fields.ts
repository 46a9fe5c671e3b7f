import type { Document } from 'mongodb';
import { type MerchantSettings, merchantTerms } from '../../../domain/index.ts';
import { integerOf } from '../bson.ts';

/** Whole numbers as BSON has them, at any depth. */
const withIntegers = (value: unknown): unknown => {
  if (typeof value === 'number') return integerOf(value);
  if (Array.isArray(value) || typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, withIntegers(field)]));
};

/** Settings as fields of a document of `merchants`, all but the merchant_id. */
export const merchantFields = (settings: Omit<MerchantSettings, 'merchantId'>): Document =>
  Object.fromEntries(Object.entries(merchantTerms(settings)).map(([name, value]) => [name, withIntegers(value)]));
