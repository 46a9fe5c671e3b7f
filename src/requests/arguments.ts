import { nilUuid } from '../contracts/index.ts';
import { isUuid } from '../domain/index.ts';

/** A UUID in its one spelling here, lower case; undefined for what is none, and for the nil UUID, which is nobody's. */
export const asId = (text: string): string | undefined => {
  const id = text.toLowerCase();
  return isUuid(id) && id !== nilUuid ? id : undefined;
};

const wholeNumber = /^[1-9][0-9]{0,15}$/;

/** Points as a number > 0 that is counted exactly; undefined for anything else. Digits only: no sign, no exponent. */
export const asPoints = (text: string): number | undefined => {
  const points = wholeNumber.test(text) ? Number(text) : Number.NaN;
  return Number.isSafeInteger(points) ? points : undefined;
};
