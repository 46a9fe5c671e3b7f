import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createAuthClient, createTokenValidator } from '../../src/adapters/auth/index.ts';
import { stopwatch, systemClock } from '../../src/common/clock.ts';
import { temporaryFolder } from '../support/servers.ts';
import { until } from '../support/until.ts';
import { customer, doors, merchant } from './authorization.table.ts';
import { type Call, callers, type Seen } from './callers.ts';
import { startWorld, type World } from './world.ts';

const own = { merchantId: merchant, customerId: customer };
/** How long the servers of these tests remember a token: 30 s made short. Milliseconds. */
const acceptedForMs = 3_000;

interface AuthProcess {
  readonly address: string;
  /** Two, good for every door. */
  readonly tokens: readonly [string, string];
  readonly child: ChildProcess;
}

/** An Auth in a process of its own, with a port that it keeps. */
const startAuthProcess = async (keyFolder: string, port = 0): Promise<AuthProcess> => {
  const child = spawn(process.execPath, ['test/trust/auth-worker.ts', String(port), keyFolder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(async () => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
  });
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
  return { ...(JSON.parse(line) as Pick<AuthProcess, 'address' | 'tokens'>), child };
};

const worldWith = async (address: string): Promise<World> => {
  const auth = createAuthClient({ host: address, clock: systemClock, timeoutMs: 800 });
  onTestFinished(() => auth.close());
  const tokens = createTokenValidator({
    ...{ auth, clock: systemClock, stopwatch, acceptedForMs, refreshAheadMs: 1_000, refusedForMs: 100 },
  });
  return startWorld({ tokens, grpc: { tokenEveryMs: 300 } });
};

/** Every door, knocked at once with one token. */
const knock = (world: World, token: string): Promise<readonly Seen[]> =>
  Promise.all(doors.map(({ name }) => (callers[name] as Call)(world, token === '' ? [] : [`Bearer ${token}`], own)));

const all = (verdict: Seen['verdict']) => doors.map(() => verdict);
const isOpen = (answers: readonly Seen[]) => answers.every(({ verdict }) => verdict === 'allowed');
const verdicts = (answers: readonly Seen[]) => answers.map(({ verdict }) => verdict);

describe.each([
  ['killed with -9', 'SIGKILL', true],
  ['frozen', 'SIGSTOP', false],
] as const)('Auth %s', (_, signal, isGone) => {
  test('opens no door to a token it was not asked about, and to one that it was only until its time is up', async () => {
    const keyFolder = await temporaryFolder('auth');
    const auth = await startAuthProcess(keyFolder);
    const world = await worldWith(auth.address);
    const [known, unknown] = auth.tokens;
    await until('every door is open', async () => isOpen(await knock(world, known)), 20_000);
    const lastAskedBy = performance.now();
    auth.child.kill(signal);
    if (isGone) await once(auth.child, 'exit');
    expect(verdicts(await knock(world, known))).toEqual(all('allowed'));
    world.touched.length = 0;
    expect(verdicts(await knock(world, unknown))).toEqual(all('unavailable'));
    expect(world.touched).toEqual([]);
    // In steady use all the while: the last that was let in began before the token's time was up.
    let letInAt = lastAskedBy;
    for (;;) {
      const began = performance.now();
      const answers = verdicts(await knock(world, known));
      if (answers.includes('allowed')) letInAt = began;
      else {
        expect(answers).toEqual(all('unavailable'));
        break;
      }
    }
    expect(letInAt - lastAskedBy).toBeLessThan(acceptedForMs);
    world.touched.length = 0;
    expect(verdicts(await knock(world, known))).toEqual(all('unavailable'));
    expect(world.touched).toEqual([]);

    if (isGone) await startAuthProcess(keyFolder, Number(auth.address.split(':')[1]));
    else auth.child.kill('SIGCONT');
    await until('every door is open again', async () => isOpen(await knock(world, known)), 20_000);
  });
});

/** Something at Auth's port that is no Auth. */
const impostor = async (onConnection: (socket: Socket) => void): Promise<string> => {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    onConnection(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return `127.0.0.1:${(server.address() as { port: number }).port}`;
};

describe('something at Auth’s port that', () => {
  test.each<[string, (socket: Socket) => void]>([
    ['says nothing', () => undefined],
    ['hangs up', (socket) => socket.destroy()],
    ['answers HTTP/1.1', (socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}')],
    ['answers noise', (socket) => socket.write(Buffer.alloc(4_096, 0xa5))],
  ])('%s opens no door', async (_, onConnection) => {
    const world = await worldWith(await impostor(onConnection));
    expect(verdicts(await knock(world, 'any.token.at-all'))).toEqual(all('unavailable'));
    expect(verdicts(await knock(world, ''))).toEqual(all('unauthenticated'));
    expect(world.touched).toEqual([]);
  });
});
