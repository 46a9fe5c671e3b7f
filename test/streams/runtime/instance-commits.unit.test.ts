import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { silentLogger } from '../../../src/common/logger.ts';
import type { StreamConsumer } from '../../../src/streams/ports.ts';
import { createInstanceCommits } from '../../../src/streams/runtime/instance-commits.ts';
import { exactOptions } from '../../../src/streams/runtime/options.ts';
import { FakeCluster } from '../fakes.ts';

/** An instance without transactions that has offsets to commit, whose group's coordinator does not answer. */
const hungInstance = async () => {
  const options = exactOptions(
    {
      ...{ applicationId: 'app', clientSupplier: new FakeCluster(), stateDir: 'unused', logger: silentLogger },
      ...{ processingGuarantee: 'at_least_once', commitIntervalMs: 60_000, finishWithinMs: 10 },
    },
    false,
  );
  let asked = 0;
  const commit = (): Promise<void> => {
    asked += 1;
    return new Promise(() => undefined);
  };
  const commits = createInstanceCommits({
    ...{ topology: 'copy', groupId: 'app-copy', options },
    tasks: { isAssigned: () => true, isPartitionAssigned: () => true },
    consumer: { ...({} as StreamConsumer), commit },
  });
  await commits.start();
  const turn = await commits.committerOf({ subTopology: 0, partition: 0 }).turn(true, new AbortController().signal);
  const batch = { outputs: new Map(), changes: [], failures: [], streamTime: 7 };
  await turn.commit(batch, [{ topic: 'in', partition: 0, offset: 1 }]);
  return { commits, asked: () => asked };
};

describe('offsets that a coordinator does not take', () => {
  it('do not keep an instance from joining its group again', async () => {
    const { commits, asked } = await hungInstance();
    vi.useFakeTimers();
    onTestFinished(() => {
      vi.useRealTimers();
    });
    const rejoining = commits.rejoining();
    await vi.advanceTimersByTimeAsync(3_000);
    await rejoining;
    expect(asked()).toBe(1);
  });

  it('do not keep an instance from ending', async () => {
    const { commits, asked } = await hungInstance();
    await commits.close();
    expect(asked()).toBe(1);
  });
});
