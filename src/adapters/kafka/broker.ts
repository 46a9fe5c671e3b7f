import type { AbortedTransaction, FetchedMessage } from './committed-only.ts';
import { privateOf } from './private-of.ts';
import type { ProtocolCall } from './protocol/api.ts';

/** A record as kafkajs reads it from the wire. */
export interface WireMessage extends FetchedMessage {
  readonly value: Buffer | null;
  readonly timestamp: string;
  readonly headers?: Readonly<Record<string, Buffer | string | (Buffer | string)[] | undefined>>;
}

export interface FetchedPartition {
  readonly partition: number;
  readonly highWatermark: string;
  readonly abortedTransactions: readonly AbortedTransaction[] | null;
  readonly messages: readonly WireMessage[];
}

interface FetchRequest {
  readonly maxWaitTime: number;
  readonly minBytes: number;
  readonly maxBytes: number;
  readonly isolationLevel: number;
  readonly topics: readonly {
    readonly topic: string;
    readonly partitions: readonly {
      readonly partition: number;
      readonly fetchOffset: string;
      readonly maxBytes: number;
    }[];
  }[];
}

interface FetchResponse {
  readonly responses: readonly { readonly topicName: string; readonly partitions: readonly FetchedPartition[] }[];
}

/** kafkajs' numbers for what a reader may see. */
export const readUncommitted = 0;
export const readCommitted = 1;

/** Who writes to a transaction. */
export interface ProducerIdentity {
  readonly transactionalId: string;
  readonly producerId: string;
  readonly producerEpoch: number;
}

/** One broker; its answers are thrown where they are errors. */
export interface Broker {
  readonly nodeId: number;
  fetch(request: FetchRequest): Promise<FetchResponse>;
  listOffsets(request: ListOffsetsRequest): Promise<{
    readonly responses: readonly { readonly partitions: readonly { readonly offset: string }[] }[];
  }>;
  leaveGroup(member: { readonly groupId: string; readonly memberId: string }): Promise<unknown>;
  /** Of a member, or of nobody (-1 and an empty id) where the group has no members. */
  offsetCommit(asked: {
    readonly groupId: string;
    readonly groupGenerationId: number;
    readonly memberId: string;
    readonly topics: readonly {
      readonly topic: string;
      readonly partitions: readonly {
        readonly partition: number;
        readonly offset: string;
        readonly metadata: string | null;
      }[];
    }[];
  }): Promise<unknown>;
  initProducerId(asked: { readonly transactionalId: string; readonly transactionTimeout: number }): Promise<{
    readonly producerId: string;
    readonly producerEpoch: number;
  }>;
  addPartitionsToTxn(
    asked: ProducerIdentity & {
      readonly topics: readonly { readonly topic: string; readonly partitions: readonly number[] }[];
    },
  ): Promise<unknown>;
  addOffsetsToTxn(asked: ProducerIdentity & { readonly groupId: string }): Promise<unknown>;
  endTxn(asked: ProducerIdentity & { readonly transactionResult: boolean }): Promise<unknown>;
}

interface ListOffsetsRequest {
  readonly isolationLevel: number;
  readonly topics: readonly {
    readonly topic: string;
    readonly partitions: readonly { readonly partition: number; readonly timestamp: number }[];
  }[];
}

type SendRequest = (call: unknown) => Promise<unknown>;

/** Asks what kafkajs has no words for. @throws UnsupportedClientError where kafkajs is built otherwise */
export async function ask<Answer>(broker: Broker, call: ProtocolCall<Answer>): Promise<Answer> {
  const send = privateOf(Object.getPrototypeOf(broker) as object, 'private:Broker:sendRequest');
  return (await (send as SendRequest).call(broker, call)) as Answer;
}
