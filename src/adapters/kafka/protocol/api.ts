import type { Payload } from './writer.ts';

/** A request and how its answer is read, as kafkajs' brokers take them. */
export interface ProtocolCall<Answer> {
  readonly request: {
    readonly apiKey: number;
    readonly apiVersion: number;
    readonly apiName: string;
    encode(): Payload;
  };
  readonly response: {
    decode(payload: Buffer): Decoded<Answer>;
    parse(decoded: Decoded<Answer>): Answer;
  };
  /** What is wrong is told by who asked. */
  readonly logResponseError: false;
}

interface Decoded<Answer> {
  /** Milliseconds for which the broker wants to be left alone. */
  readonly clientSideThrottleTime: number;
  readonly answer: Answer;
}

export const protocolCall = <Answer>(
  request: ProtocolCall<Answer>['request'],
  decode: (payload: Buffer) => { readonly throttleTimeMs: number; readonly answer: Answer },
): ProtocolCall<Answer> => ({
  request,
  response: {
    decode: (payload) => {
      const { throttleTimeMs, answer } = decode(payload);
      return { clientSideThrottleTime: throttleTimeMs, answer };
    },
    parse: ({ answer }) => answer,
  },
  logResponseError: false,
});

/** Partitions under their topic, which a request may name once only. */
export const byTopic = <Each extends { readonly topic: string }>(
  list: readonly Each[],
): readonly (readonly [string, readonly Each[]])[] => [...Map.groupBy(list, ({ topic }) => topic)];
