/** Clients of the gRPC server as its users have them: real ones, over real sockets. */
import {
  type Client,
  type ClientDuplexStream,
  type ClientReadableStream,
  credentials,
  loadPackageDefinition,
  Metadata,
  type ServiceClientConstructor,
  type ServiceError,
  status,
} from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { protoPath as healthProto } from 'grpc-health-check';
import { onTestFinished } from 'vitest';
import { type PointsClient, PointsServiceClient } from '../../src/contracts/grpc/index.ts';

export const merchant = '11111111-1111-4111-8111-111111111111';
export const otherMerchant = '22222222-2222-4222-8222-222222222222';
export const customer = 'aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa';
export const otherCustomer = 'bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb';

export interface Answer {
  readonly code: string;
  readonly details: string;
  readonly balance?: string;
  readonly description?: string;
  /** Trailers of a refusal, response metadata of an answer. */
  readonly metadata: Metadata;
}

export interface CallOptions {
  readonly token?: string;
  readonly merchantId?: string;
  readonly customerId?: string;
  readonly locale?: string;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly deadlineMs?: number;
}

/** One call of GetPointsBalance by a real client; never rejects. */
export const getBalance = (client: PointsClient, options: CallOptions): Promise<Answer> =>
  new Promise((resolve) => {
    const metadata = new Metadata();
    if (options.token !== undefined) metadata.set('authorization', `Bearer ${options.token}`);
    for (const [name, value] of Object.entries(options.metadata ?? {})) metadata.set(name, value);
    const request = {
      merchant_id: options.merchantId ?? merchant,
      customer_id: options.customerId ?? customer,
      locale: options.locale ?? 'en',
    };
    const deadline = Date.now() + (options.deadlineMs ?? 5_000);
    let received = new Metadata();
    const done = (error: ServiceError | null, answer?: { balance: string; description: string }): void => {
      if (error === null) resolve({ code: 'OK', details: '', ...answer, metadata: received });
      else resolve({ code: status[error.code], details: error.details, metadata: error.metadata });
    };
    const call = client.GetPointsBalance(request, metadata, { deadline }, done);
    call.on('metadata', (headers: Metadata) => {
      received = headers;
    });
  });

export const newClient = (port: number): PointsClient => {
  const client = new PointsServiceClient(`127.0.0.1:${port}`, credentials.createInsecure(), {
    'grpc.use_local_subchannel_pool': 1,
    'grpc.enable_http_proxy': 0,
  });
  onTestFinished(() => client.close());
  return client;
};

export interface HealthAnswer {
  readonly status: string;
}
export interface HealthStub extends Client {
  check(request: { service: string }, done: (error: ServiceError | null, answer: HealthAnswer) => void): void;
  watch(request: { service: string }): ClientReadableStream<HealthAnswer>;
}
export interface ReflectionAnswer {
  readonly listServicesResponse: { readonly service: readonly { readonly name: string }[] } | null;
  readonly fileDescriptorResponse: { readonly fileDescriptorProto: readonly Buffer[] } | null;
}
export interface ReflectionStub extends Client {
  serverReflectionInfo(): ClientDuplexStream<object, ReflectionAnswer>;
}

/** A client of a service that only its proto file describes, as any tool would make it. */
function stubOf(file: string, path: readonly string[], port: number): Client {
  const root: unknown = loadPackageDefinition(loadSync(file, { enums: String, defaults: true }));
  const Service = path.reduce<unknown>((node, name) => (node as Record<string, unknown>)[name], root);
  const options = { 'grpc.use_local_subchannel_pool': 1 };
  const stub = new (Service as ServiceClientConstructor)(`127.0.0.1:${port}`, credentials.createInsecure(), options);
  onTestFinished(() => stub.close());
  return stub;
}

export const healthStub = (port: number) => stubOf(healthProto, ['grpc', 'health', 'v1', 'Health'], port) as HealthStub;

export const healthStatus = (port: number, service: string): Promise<string> =>
  new Promise((resolve) => {
    healthStub(port).check({ service }, (error, answer) =>
      resolve(error === null ? answer.status : status[error.code]),
    );
  });

const reflectionProto = new URL(
  '../../node_modules/@grpc/reflection/build/proto/grpc/reflection/v1/reflection.proto',
  import.meta.url,
).pathname;

export const reflectionStub = (port: number): ReflectionStub =>
  stubOf(reflectionProto, ['grpc', 'reflection', 'v1', 'ServerReflection'], port) as ReflectionStub;
