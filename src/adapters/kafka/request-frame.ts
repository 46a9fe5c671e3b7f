interface RequestToFrame {
  readonly correlationId: number;
  readonly clientId: string;
  readonly request: {
    readonly apiKey: number;
    readonly apiVersion: number;
    encode(): Payload | Promise<Payload>;
  };
}

interface Payload {
  readonly buffer: Buffer;
}

/** Its length, apiKey, apiVersion, correlationId, and the length of the client's id. */
const fixedBytes = 4 + 2 + 2 + 4 + 2;

/**
 * A request as it is sent, in one buffer of its size. kafkajs copies it twice, into zeroed buffers that are twice as large
 * as they need be.
 */
export async function requestFrame({ correlationId, clientId, request }: RequestToFrame): Promise<Payload> {
  const { buffer: payload } = await request.encode();
  const idBytes = Buffer.byteLength(clientId);
  const buffer = Buffer.allocUnsafe(fixedBytes + idBytes + payload.length);
  let at = buffer.writeInt32BE(buffer.length - 4, 0);
  at = buffer.writeInt16BE(request.apiKey, at);
  at = buffer.writeInt16BE(request.apiVersion, at);
  at = buffer.writeInt32BE(correlationId, at);
  at = buffer.writeInt16BE(idBytes, at);
  at += buffer.write(clientId, at);
  buffer.set(payload, at);
  return { buffer };
}
