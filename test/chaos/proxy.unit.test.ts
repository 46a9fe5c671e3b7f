import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { freePorts } from '../../src/ops/dev/ports.ts';
import { until } from '../support/until.ts';
import { type AnswerFault, answerFaults } from './answer-faults.ts';
import { answeredBy, Frames } from './frames.ts';
import { startProxy } from './proxy.ts';

const endTxn = 26;
const fetch = 1;
const soonMs = 5_000;

const request = (api: number, correlationId: number): Buffer => {
  const frame = Buffer.alloc(12);
  frame.writeInt32BE(8, 0);
  frame.writeInt16BE(api, 4);
  frame.writeInt32BE(correlationId, 8);
  return frame;
};

/** A broker that answers every request with its number and some bytes, and a client behind the proxy. */
const rig = async () => {
  let answered = 0;
  const broker = createServer((socket) => {
    const frames = new Frames();
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => {
      for (const frame of frames.push(chunk)) {
        answered += 1;
        const answer = Buffer.alloc(24, 7);
        answer.writeInt32BE(20, 0);
        answer.writeInt32BE(frame.readInt32BE(8), 4);
        socket.write(answer);
      }
    });
  });
  broker.listen(0, '127.0.0.1');
  await once(broker, 'listening');
  onTestFinished(async () => {
    await once(broker.close(), 'close');
  });
  const [port = 0] = await freePorts(1);
  const faults = answerFaults();
  const proxy = await startProxy(port, (broker.address() as AddressInfo).port, faults);
  onTestFinished(() => proxy.close());

  const dial = async (): Promise<{ socket: Socket; answers: number[]; isClosed: () => boolean }> => {
    const socket = connect(port, '127.0.0.1');
    const frames = new Frames();
    const answers: number[] = [];
    let closed = false;
    socket.on('error', () => undefined).on('close', () => (closed = true));
    socket.on('data', (chunk: Buffer) => answers.push(...frames.push(chunk).map(answeredBy)));
    await once(socket, 'connect');
    return { socket, answers, isClosed: () => closed };
  };
  return { faults, dial, answered: () => answered };
};
const fault = (fate: AnswerFault['fate'], lateMs = 0): AnswerFault => ({ api: 'EndTxn', fate, lateMs });

describe('a proxy without orders', () => {
  test('passes everything on, in order, and counts what decides transactions', async () => {
    const { dial, faults } = await rig();
    const { socket, answers } = await dial();
    for (let id = 1; id <= 500; id += 1) socket.write(request(id % 2 === 0 ? endTxn : fetch, id));
    await until('all is answered', () => answers.length === 500, soonMs);
    expect(answers).toEqual(Array.from({ length: 500 }, (_, index) => index + 1));
    expect([...faults.passed]).toEqual([['EndTxn', 250]]);
  });

  test('refuses as the port of a broker that is away does', async () => {
    const [port = 0, nobody = 0] = await freePorts(2);
    const proxy = await startProxy(port, nobody, answerFaults());
    onTestFinished(() => proxy.close());
    const socket = connect(port, '127.0.0.1');
    const [error] = (await once(socket, 'error')) as [NodeJS.ErrnoException];
    expect(error.code).toBe('ECONNRESET');
  });
});

describe('a proxy with an order', () => {
  test('swallows that answer and no other', async () => {
    const { dial, faults, answered } = await rig();
    const { socket, answers } = await dial();
    const done = faults.arm(fault('swallowed'));
    for (const [api, id] of [
      [fetch, 1],
      [endTxn, 2],
      [endTxn, 3],
      [fetch, 4],
    ] as const)
      socket.write(request(api, id));
    await done;
    await until('the others are answered', () => answers.length === 3, soonMs);
    expect(answers).toEqual([1, 3, 4]);
    expect(answered()).toBe(4);
  });

  test('cuts the connection in place of the answer, after the broker has done what was asked', async () => {
    const { dial, faults, answered } = await rig();
    const { socket, answers, isClosed } = await dial();
    const done = faults.arm(fault('cut'));
    socket.write(request(fetch, 1));
    socket.write(request(endTxn, 2));
    await done;
    await until('it is cut', isClosed, soonMs);
    expect(answers).toEqual([1]);
    expect(answered()).toBe(2);
    const again = await dial();
    again.socket.write(request(endTxn, 3));
    await until('the next is answered', () => again.answers.length === 1, soonMs);
  });

  test('holds an answer and what is behind it back, and keeps the order', async () => {
    const { dial, faults } = await rig();
    const { socket, answers } = await dial();
    const done = faults.arm(fault('late', 300));
    socket.write(request(fetch, 1));
    socket.write(request(endTxn, 2));
    socket.write(request(fetch, 3));
    await done;
    const since = performance.now();
    await until('the first is answered', () => answers.length > 0, soonMs);
    expect(answers).toEqual([1]);
    await until('all are answered', () => answers.length === 3, soonMs);
    expect(performance.now() - since).toBeGreaterThan(200);
    expect(answers).toEqual([1, 2, 3]);
  });

  test('keeps it for another request where the connection broke before the answer', async () => {
    const { dial, faults } = await rig();
    const first = await dial();
    let isDone = false;
    const done = faults.arm(fault('swallowed')).then(() => (isDone = true));
    const order = faults.take('EndTxn');
    expect(order).toBeDefined();
    if (order !== undefined) faults.putBack(order);
    expect(isDone).toBe(false);
    first.socket.write(request(endTxn, 1));
    await done;
  });
});
