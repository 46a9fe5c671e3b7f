import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { until } from '../../support/until.ts';
import { kafkaRig, record } from '../kafka-rig.ts';
import { startWorker } from '../workers.ts';

/** Much longer than the test waits: whoever has to wait for the end of a session fails it. */
const sessionTimeoutMs = 45_000;
const partitions = 4;

describe('an instance that was killed with -9', () => {
  it('is back at work at once, and does not wait until its own session is over', async () => {
    const rig = await kafkaRig(onTestFinished, { partitions });
    const worker = await startWorker(rig, onTestFinished, { sessionTimeoutMs });
    const isRunning = (): boolean =>
      Array.from({ length: partitions }, (_, partition) => `0_${String(partition)}`).every(worker.isRunning);
    await until('the worker runs', isRunning, 20_000);
    await rig.send(rig.topics.in, 0, [record('a', 1)]);
    await until('it works', () => worker.committed === 1, 20_000);

    worker.kill('SIGKILL');
    expect(await worker.ended()).toBe('SIGKILL');
    worker.start();
    await rig.send(rig.topics.in, 0, [record('a', 2)]);
    await until('it works again', () => worker.committed === 2, 20_000);
    expect((await rig.read(rig.topics.out, 0, 2)).map(({ value }) => JSON.parse(String(value)) as unknown)).toEqual([
      { value: 1, count: 1 },
      { value: 2, count: 2 },
    ]);
  });

  it('leaves nothing to remember where it was closed', async () => {
    const rig = await kafkaRig(onTestFinished, { partitions });
    const worker = await startWorker(rig, onTestFinished, { sessionTimeoutMs });
    await until('the worker runs', () => worker.isRunning('0_0'), 20_000);
    const file = join(worker.stateDir, `${rig.id}-counting`, 'member');
    await until('it has told who it is', () => existsSync(file), 5_000);
    worker.kill('SIGTERM');
    expect(await worker.ended()).toBe(0);
    expect(existsSync(file)).toBe(false);
  });
});
