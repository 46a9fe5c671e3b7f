import type { KafkaStreams } from '../streams/index.ts';

/** The topologies that run in this process, for whoever shows them. */
export interface RunningStreams {
  add(streams: KafkaStreams): void;
  /** In the order in which they were started. */
  all(): readonly KafkaStreams[];
}

export const createRunningStreams = (): RunningStreams => {
  const started: KafkaStreams[] = [];
  return {
    add: (streams) => {
      started.push(streams);
    },
    all: () => started,
  };
};
