import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';

/** Of one demo merchant: what a script needs to send its webhooks, redeem and read its balances. */
export interface DevMerchant {
  /** UUID */
  readonly merchant_id: string;
  readonly shop_domain: string;
  readonly currency: string;
  readonly webhook_secrets: readonly string[];
  /** By scope. Null where AUTH_HOST names an Auth of somebody else, which we cannot ask for tokens. */
  readonly tokens: {
    readonly 'merchant:points:view': string | null;
    readonly 'merchant:points:redeem': string | null;
    readonly 'merchant:points:pos': string | null;
    readonly 'customer:points:view': { readonly customer_id: string; readonly token: string | null };
    readonly 'customer:points:redeem': { readonly customer_id: string; readonly token: string | null };
  };
}

/** What `.points/dev.json` holds while everything is up; snake_case because scripts in any language read it. */
export interface DevFile {
  /** Base URL */
  readonly http: string;
  /** host:port */
  readonly grpc: string;
  /** host:port of each */
  readonly brokers: readonly string[];
  /** Base URL of the Confluent-compatible API */
  readonly registry: string;
  /** Connection string, the database's name included */
  readonly mongo: string;
  /** `redis://host:port` */
  readonly redis: { readonly cache: string; readonly state: string };
  /** host:port */
  readonly auth_host: string;
  /** host:port */
  readonly core_host: string;
  /** Base URL of where the stand-ins are told how to behave. */
  readonly standins: string;
  /** The operators' page, and what opens it. */
  readonly operator: { readonly url: string; readonly token: string };
  readonly merchants: readonly DevMerchant[];
}

export const devFilePath = (home: string): string => path.join(home, 'dev.json');

/** Written aside and renamed, so that whoever waits for the file never reads half of it. It holds secrets: owner only. */
export const writeDevFile = async (home: string, content: DevFile): Promise<void> => {
  const draft = path.join(home, `dev.json.${process.pid}`);
  await mkdir(home, { recursive: true });
  await writeFile(draft, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600 });
  await rename(draft, devFilePath(home));
};

/** Nobody must find addresses of servers that are gone. */
export const removeDevFile = (home: string): Promise<void> => rm(devFilePath(home), { force: true });
