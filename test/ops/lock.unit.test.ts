import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { acquireLock, tryLock } from '../../src/ops/lock.mjs';

const lockModule = path.resolve(import.meta.dirname, '../../src/ops/lock.mjs');

const newFolder = (): string => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'points-lock-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
};

/** Takes the lock in another process, which then ends without releasing it; returns its process id. */
const lockAndDie = (folder: string): number => {
  const code = `import { tryLock } from ${JSON.stringify(lockModule)}; tryLock(process.argv[1]); console.log(process.pid);`;
  const child = spawnSync(process.execPath, ['--input-type=module', '-e', code, folder], { encoding: 'utf8' });
  return Number(child.stdout);
};

test('a held lock is refused with the process id of its holder, and free again once it is released', () => {
  const folder = newFolder();
  const first = tryLock(folder);
  expect(first.release).toBeTypeOf('function');
  expect(tryLock(folder)).toEqual({ holder: process.pid });
  first.release?.();
  expect(tryLock(folder).release).toBeTypeOf('function');
});

test('the lock of a process that died is taken over', () => {
  const folder = newFolder();
  expect(lockAndDie(folder)).toBeGreaterThan(0);
  expect(tryLock(folder).release).toBeTypeOf('function');
});

test('a process id that now belongs to another process does not hold the lock', () => {
  const folder = newFolder();
  writeFileSync(path.join(folder, '7'), `${process.pid} 1`);
  expect(tryLock(folder).release).toBeTypeOf('function');
});

test('whoever waits hears of the holder and gets the lock when it is released', async () => {
  const folder = newFolder();
  const { release } = tryLock(folder);
  const heard: number[] = [];
  const waiting = acquireLock(folder, (holder) => heard.push(holder));
  expect(heard).toEqual([process.pid]);
  release?.();
  const second = await waiting;
  expect(tryLock(folder)).toEqual({ holder: process.pid });
  second();
});

test('of many processes one at a time has it, also when they die with it', async () => {
  const folder = newFolder();
  const counter = path.join(folder, 'counter');
  writeFileSync(counter, '0');
  const rounds = 40;
  const code = `
    import { readFileSync, writeFileSync } from 'node:fs';
    import { tryLock } from ${JSON.stringify(lockModule)};
    const [folder, counter, rounds] = process.argv.slice(1);
    for (let done = 0; done < Number(rounds); ) {
      const { release } = tryLock(folder);
      if (release === undefined) continue;
      // Read, wait, write: two at once lose an increment.
      const before = Number(readFileSync(counter, 'utf8'));
      for (const until = performance.now() + 1; performance.now() < until; );
      writeFileSync(counter, String(before + 1));
      done += 1;
      // The last time it dies with the lock in its hands.
      if (done < Number(rounds)) release();
    }
    process.kill(process.pid, 'SIGKILL');`;
  const processes = Array.from({ length: 4 }, () =>
    spawn(process.execPath, ['--input-type=module', '-e', code, path.join(folder, 'lock'), counter, String(rounds)]),
  );
  await Promise.all(processes.map((child) => once(child, 'exit')));
  expect(readFileSync(counter, 'utf8')).toBe(String(4 * rounds));
}, 30_000);
