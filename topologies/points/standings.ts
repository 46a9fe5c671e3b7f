import type { IngestCommand } from '../../src/contracts/index.ts';
import { type MerchantSettings, RejectedCommandError } from '../../src/domain/index.ts';
import type { StreamRecord } from '../../src/streams/index.ts';
import type { CustomerAnswer, CustomerSource } from './customers.ts';

type Ingested = StreamRecord<string, IngestCommand>;

/** Whether the customer of a record may be given points. */
export interface Standing {
  /**
   * @throws RejectedCommandError UNKNOWN_CUSTOMER
   * @throws DependencyUnavailableError while Core cannot say
   */
  require(): void;
}

const notAsked: Standing = { require: () => undefined };

/**
 * Asks Core about the customers of a micro-batch, all at once. Only those whose points could come out of nowhere are asked
 * about: an earning, a bonus, a till's spend that may become a debt. What has been given can be spent and taken back
 * without Core, also while it is away.
 */
export async function standingsOf(
  customers: CustomerSource | undefined,
  records: readonly Ingested[],
  settings: (merchantId: string) => MerchantSettings,
): Promise<(record: Ingested) => Standing> {
  if (customers === undefined) return () => notAsked;
  const asked = records.filter(({ value }) => isToBeKnown(value, settings));
  if (asked.length === 0) return () => notAsked;
  const answers = await customers.known(
    asked.map(({ value: { merchant_id, customer_id, correlation_id } }) => ({
      ...{ merchantId: merchant_id, customerId: customer_id, correlationId: correlation_id },
    })),
  );
  const standings = new Map(asked.map((record, index) => [record, standingOf(answers[index])]));
  return (record) => standings.get(record) ?? notAsked;
}

const isToBeKnown = ({ merchant_id, command }: IngestCommand, settings: (id: string) => MerchantSettings): boolean => {
  const till = command['points.PosTransaction'];
  const isGiving = till !== undefined || 'points.OrderCreated' in command || 'points.TierAssigned' in command;
  if (!isGiving) return false;
  try {
    const { customerValidation, overdraft } = settings(merchant_id);
    if (customerValidation === 'off') return false;
    return till?.type !== 'spend' || overdraft.tillSpends === 'debt';
  } catch {
    // A merchant that is not known, or not now: its record fails where its settings are asked for.
    return false;
  }
};

const standingOf = (answer: CustomerAnswer | undefined): Standing => {
  if (answer?.status === 'known') return notAsked;
  const error =
    answer?.status === 'error'
      ? answer.error
      : new RejectedCommandError('UNKNOWN_CUSTOMER', 'Core does not know this customer');
  return {
    require: () => {
      throw error;
    },
  };
};
