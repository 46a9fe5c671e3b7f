import type { Kafka } from 'kafkajs';
import type { TransactionalProducer, TransactionalProducerOptions } from '../../streams/ports.ts';
import { askAgain } from './ask-again.ts';
import { clusterOf, coordinatorTypes } from './cluster.ts';
import { within } from './deadline.ts';
import { unavailable } from './errors.ts';
import { transactionFailure } from './transaction-failure.ts';
import { TransactionSession } from './transaction-session.ts';

/**
 * kafkajs stays with the first broker it asks, even one that is frozen and answers nothing. Who is told in time comes
 * again with a new producer, which asks another.
 */
const connectWithinMs = 5_000;

/**
 * While a coordinator is chosen or reads its log, and while it ends the transaction that an older producer has left open,
 * which takes as long as the leaders of all its partitions take to write its marker.
 */
const whileNotReady = {
  types: new Set([
    'NOT_COORDINATOR_FOR_GROUP',
    'GROUP_COORDINATOR_NOT_AVAILABLE',
    'GROUP_LOAD_IN_PROGRESS',
    'CONCURRENT_TRANSACTIONS',
  ]),
  withinMs: 10_000,
  pauseMs: 5,
  maxPauseMs: 100,
};

/**
 * A producer that speaks with the brokers itself, over kafkajs' connections. kafkajs' own cannot say which member of a
 * group commits offsets, so that one that the group has gone on without could not be refused; and when it repeats a send
 * it loses records, as it remembers which broker has answered, not which partition. This one repeats nothing, and is
 * thrown away after anything that fails.
 */
export function createTransactionalProducer(
  kafka: Kafka,
  options: TransactionalProducerOptions,
): TransactionalProducer {
  const { transactionalId, transactionTimeoutMs } = options;
  const cluster = clusterOf(kafka);
  let session: TransactionSession | undefined;
  let isClosed = false;

  const connect = async (): Promise<void> => {
    await cluster.connect();
    await cluster.refreshMetadata();
  };
  const initialize = async (): Promise<TransactionSession> => {
    const coordinator = await cluster.findGroupCoordinator({
      groupId: transactionalId,
      coordinatorType: coordinatorTypes.transaction,
    });
    const given = await coordinator.initProducerId({ transactionalId, transactionTimeout: transactionTimeoutMs });
    const { producerId, producerEpoch } = given;
    return new TransactionSession(cluster, { transactionalId, producerId, producerEpoch }, coordinator.nodeId);
  };

  /** A connection that was made while it was being closed would stay. */
  const closeAgain = async (): Promise<void> => {
    if (isClosed) await cluster.disconnect();
  };

  return {
    async init() {
      try {
        await within(connectWithinMs, connect());
        const initialized = await askAgain(initialize, whileNotReady);
        if (!isClosed) session = initialized;
      } catch (error) {
        throw unavailable(error, { transactional_id: transactionalId });
      } finally {
        await closeAgain();
      }
    },
    async commit(unit) {
      const current = session;
      // Until it ends well: nothing may follow what failed.
      session = undefined;
      try {
        if (current === undefined) throw unavailable('The producer is not ready');
        const ends = await current.commit(unit);
        if (!isClosed) session = current;
        return ends;
      } catch (error) {
        throw transactionFailure(error, transactionalId, unit.membership);
      } finally {
        await closeAgain();
      }
    },
    async close() {
      isClosed = true;
      session = undefined;
      await cluster.disconnect();
    },
  };
}
