import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { type Document, MongoClient, UUID } from 'mongodb';
import type { ServerAddresses } from '../../../src/ops/dev/addresses.ts';
import type { Ports } from '../../../src/ops/dev/ports.ts';
import { type ServerHandle, type ServerSpec, startServer } from '../../../src/ops/dev/server.ts';
import { ingressRole, processorRole, runSetup, type ServiceRun } from '../../../src/ops/dev/service-roles.ts';
import type { OnEnd } from '../../support/mongo-database.ts';

/** A shop that is served. Two of them may share a secret, as the shops of one app do. */
export interface StageShop {
  readonly merchantId: string;
  readonly shopDomain: string;
  readonly secret: string;
}

/** The front door and the processor, each a process of its own, and the shops that knock. */
export interface Stage {
  readonly port: number;
  readonly ingress: ServerHandle;
  readonly processor: ServerHandle;
  /** Knows its secret and is hostile. */
  readonly hostile: StageShop;
  /** Shares the hostile shop's secret. */
  readonly sibling: StageShop;
  /** Sends what is in order. */
  readonly good: StageShop;
  readonly mongo: MongoClient;
  readonly run: ServiceRun;
  /** The shop's ledger. */
  ledgerOf(shop: StageShop): Promise<readonly Document[]>;
  /** Memory of the ingress that is in RAM, in bytes. */
  residentBytes(): Promise<number>;
}

export interface StageOptions {
  readonly addresses: ServerAddresses;
  readonly ports: Ports;
  /** For logs and state. */
  readonly folder: string;
  readonly authHost?: string;
  /** Over the roles' own environment. */
  readonly env?: Readonly<Record<string, string>>;
}

const makeShop = (name: string, secret: string = randomUUID()): StageShop => ({
  merchantId: randomUUID(),
  shopDomain: `${name}-${randomUUID().slice(0, 8)}.myshopify.com`,
  secret,
});

const merchantDocument = ({ merchantId, shopDomain, secret }: StageShop): Document => ({
  ...{ merchant_id: new UUID(merchantId), shop_domain: shopDomain, webhook_secrets: [secret], currency: 'USD' },
  ...{ earning_rule: { points: 1, per_minor_units: 100 }, rate_limit_per_second: 100_000 },
});

const residentBytesOf = async (pid: number): Promise<number> => {
  const status = await readFile(`/proc/${String(pid)}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? Number.NaN) * 1024;
};

/** What is started is handed to `onEnd` at once, to be stopped newest first. */
export const startStage = async (options: StageOptions, onEnd: OnEnd): Promise<Stage> => {
  const { addresses, ports, folder, authHost = '127.0.0.1:1', env = {} } = options;
  const database = `attacks-${randomUUID()}`;
  const run: ServiceRun = {
    ...{ ports, addresses, database, authHost },
    ...{ stateDir: path.join(folder, 'state'), logDir: path.join(folder, 'logs') },
  };
  await runSetup(run);
  const mongo = new MongoClient(addresses.mongo);
  onEnd(async () => {
    await mongo.db(database).dropDatabase();
    await mongo.close();
  });
  const hostile = makeShop('hostile');
  const shops = { hostile, sibling: makeShop('sibling', hostile.secret), good: makeShop('good') };
  await mongo.db(database).collection('merchants').insertMany(Object.values(shops).map(merchantDocument));

  const applicationId = `attacks-${randomUUID().slice(0, 8)}`;
  const start = async (spec: ServerSpec): Promise<ServerHandle> => {
    const handle = await startServer({
      ...spec,
      env: { ...spec.env, POINTS_APPLICATION_ID: applicationId, ...env },
    });
    onEnd(() => handle.stop());
    return handle;
  };
  const [processor, ingress] = await Promise.all([start(processorRole(run)), start(ingressRole(run))]);
  return {
    ...shops,
    ...{ port: ports.http, ingress, processor, mongo, run },
    ledgerOf: ({ merchantId }) =>
      mongo
        .db(database)
        .collection('points_transactions')
        .find({ merchant_id: new UUID(merchantId) })
        .sort({ customer_id: 1, sequence: 1 })
        .toArray(),
    residentBytes: () => residentBytesOf(ingress.pid),
  };
};
