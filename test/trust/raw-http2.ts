import { connect } from 'node:net';
import { onTestFinished } from 'vitest';

const text = (value: string): Buffer => {
  const bytes = Buffer.from(value, 'latin1');
  const { length } = bytes;
  // HPACK's integers: 7 bits, and what is over in bytes of 7 bits each.
  if (length < 127) return Buffer.concat([Buffer.from([length]), bytes]);
  const more: number[] = [];
  let rest = length - 127;
  for (; rest >= 128; rest = Math.floor(rest / 128)) more.push((rest % 128) + 128);
  return Buffer.concat([Buffer.from([127, ...more, rest]), bytes]);
};
const literal = (name: string, value: string): Buffer => Buffer.concat([Buffer.from([0]), text(name), text(value)]);

const frame = (type: number, flags: number, stream: number, payload: Buffer): Buffer => {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
};

const [data, headers, settings] = [0, 1, 4];
const [endStream, endHeaders] = [1, 4];

/** Sends a gRPC call with an empty message and one header several times, which no HTTP/2 library will. */
export const callWithHeaders = (port: number, path: string, name: string, values: readonly string[]): void => {
  const socket = connect(port, '127.0.0.1');
  onTestFinished(() => void socket.destroy());
  socket.on('error', () => undefined);
  const block = [
    [':method', 'POST'],
    [':scheme', 'http'],
    [':path', path],
    [':authority', 'points'],
    ['content-type', 'application/grpc'],
    ['te', 'trailers'],
    ...values.map((value) => [name, value]),
  ].map(([key = '', value = '']) => literal(key, value));
  socket.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
  socket.write(frame(settings, 0, 0, Buffer.alloc(0)));
  socket.write(frame(headers, endHeaders, 1, Buffer.concat(block)));
  socket.write(frame(data, endStream, 1, Buffer.alloc(5)));
};
