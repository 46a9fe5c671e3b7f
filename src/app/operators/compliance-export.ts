import { connectMongo, type CustomerRecords, readCustomerRecords } from '../../adapters/mongo/index.ts';
import type { Clock } from '../../common/clock.ts';
import { customerIdOf, isUuid } from '../../domain/index.ts';
import { silentLogger } from '../../common/logger.ts';
import type { Config } from '../config.ts';
import { openTransport } from '../transport.ts';

export interface ExportRequest {
  /** UUID in lower case. */
  readonly merchantId: string;
  /** Our UUID of the customer, or Shopify's id in decimal digits. */
  readonly customer: string;
}

/** All that is held of a customer, ready to be handed over. */
export interface CustomerExport extends CustomerRecords {
  readonly merchant_id: string;
  readonly customer_id: string;
  readonly exported_at: string;
}

/**
 * Reads everything held of a customer: the answer to a `customers/data_request`.
 * @throws DependencyUnavailableError when MongoDB does not answer
 */
export async function exportCustomer(
  config: Config<'compliance'>,
  { merchantId, customer }: ExportRequest,
  clock: Clock,
): Promise<CustomerExport> {
  const { mongoUrl: uri, mongoDatabase: database } = config;
  const customerId = isUuid(customer) ? customer.toLowerCase() : customerIdOf(merchantId, customer);
  const { mongo: tls } = openTransport(config, { logger: silentLogger });
  const connection = await connectMongo({ uri, database, appName: 'points-compliance', tls });
  try {
    const records = await readCustomerRecords(connection, merchantId, customerId);
    return {
      ...{ merchant_id: merchantId, customer_id: customerId, exported_at: new Date(clock.now()).toISOString() },
      ...records,
    };
  } finally {
    await connection.close();
  }
}
