import { UnsupportedClientError } from './kafkajs.ts';

/** A method that kafkajs keeps under a symbol of its own. @throws UnsupportedClientError where kafkajs is built otherwise */
export function privateOf(holder: object, description: string): unknown {
  const symbol = Object.getOwnPropertySymbols(holder).find((each) => each.description === description);
  const found = symbol === undefined ? undefined : (holder as Record<symbol, unknown>)[symbol];
  if (typeof found !== 'function') {
    throw new UnsupportedClientError('kafkajs is not built as it was', { facts: { symbol: description } });
  }
  return found;
}
