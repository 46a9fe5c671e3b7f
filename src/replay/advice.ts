import { topics } from '../contracts/index.ts';
import type { DeadLetter } from './dead-letter.ts';
import { isReplayable } from './selection.ts';

const again = 'then replay it: points replay --from points.dlq';

/** By error code, what has to happen before the same bytes can be used. */
const remedies: Readonly<Record<string, string>> = {
  UNKNOWN_MERCHANT: `Nobody knew the merchant. Add it (points merchants add), ${again}`,
  UNKNOWN_CUSTOMER: `Core did not know the customer. Once it does, ${again}`,
  UNKNOWN_TIER: `The merchant's table has no bonus for this tier. Add it (points merchants set), ${again}`,
  CURRENCY_MISMATCH: `The amount is not in the merchant's currency. Correct the merchant if its currency is wrong, ${again}; otherwise leave it`,
  AMOUNT_INVALID: 'No points can be made of this amount. Leave it, and tell whoever sends it',
  BALANCE_OVERFLOW: 'The balance would be greater than a number holds. Leave it, and look at the account',
  COMMAND_UNKNOWN: `This version has no rule for the command. Deploy one that has, ${again}`,
  DESERIALIZATION_FAILED: `The bytes are no record of the topic: rubbish, or written by a schema this version cannot read. For the latter deploy a version that can, ${again}`,
  RECORD_TOO_LARGE: 'What came of it was too large for a topic. Leave it, and find out why',
  DEPENDENCY_UNAVAILABLE: `A server was away for longer than it was waited for. Once it is back, ${again} --retryable`,
  INTERNAL: `The code failed, which the stack explains. Deploy a mended version, ${again}`,
};

/** Projections: by their source topic, who reads it, and can be made to read it again. */
const projections: Readonly<Record<string, string>> = {
  [topics.audit.name]: 'ledger (and redemptions)',
  [topics.balances.name]: 'balances',
};

/** Why a dead letter of this source cannot go onto points.replay, and what is done instead. */
export function elsewhere(topic: string | null): string {
  if (topic === null) return 'Its headers do not say where it stood, so nobody can say where it belongs';
  const projection = projections[topic];
  if (projection !== undefined) {
    return (
      `It is a record of ${topic} for the projection ${projection}, and no command. Mend the cause, stop the processor, set ` +
      `the projection's consumer group back to the record's offset (kafka-consumer-groups --reset-offsets --to-offset), ` +
      'start it: its writes are safe to repeat'
    );
  }
  return `It is a record of ${topic}, and no command: its sender has to send it again once the cause is mended, under the same id`;
}

/** What to do about a dead letter, in a sentence or two. */
export function adviceFor({ code, retryable, source }: Pick<DeadLetter, 'code' | 'retryable' | 'source'>): string {
  if (!isReplayable(source?.topic)) return elsewhere(source?.topic ?? null);
  const usual = retryable ? `The cause has perhaps passed by itself: ${again} --retryable` : `Mend the cause, ${again}`;
  return remedies[code] ?? usual;
}
