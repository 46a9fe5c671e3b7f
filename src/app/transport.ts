import type { SecureContext } from 'node:tls';
import type { KafkaSecurity } from '../adapters/kafka/index.ts';
import {
  type CertificateFiles,
  CertificateRefusedError,
  type CertificateWatcher,
  followedContext,
  watchCertificates,
} from '../adapters/tls/index.ts';
import { type Clock, systemClock } from '../common/clock.ts';
import { ConfigError } from '../common/errors.ts';
import type { Logger } from '../common/logger.ts';
import type { common } from './settings/index.ts';
import type { transport } from './settings/transport.ts';
import type { ValuesOf } from './settings/setting.ts';

/** Whose certificates are followed. */
export type CertificateName = 'grpc-server' | 'grpc-client' | 'kafka' | 'mongodb' | 'redis' | 'registry';

/**
 * How each server is spoken to; undefined is plain text, or what its address says. Files are read when they are first
 * needed, and followed from then on, so a process follows only what it uses.
 * @throws ConfigError from each of them, where the files are not good when they are first read
 */
export interface Transport {
  /** Of our own gRPC server; clients must show a certificate where it has a CA. */
  readonly grpcServer: CertificateWatcher | undefined;
  /** Of calls to Auth and Core. */
  readonly grpcClient: CertificateWatcher | undefined;
  readonly kafka: KafkaSecurity | undefined;
  readonly mongo: SecureContext | undefined;
  readonly redis: SecureContext | undefined;
  readonly registry: SecureContext | undefined;
  /** Those that are followed by now. */
  readonly watchers: readonly CertificateWatcher[];
  close(): void;
}

/** The settings it needs: those that every role has. */
export type TransportConfig = Pick<ValuesOf<typeof common>, keyof typeof transport>;

export interface TransportWorld {
  readonly logger: Logger;
  readonly clock?: Clock;
  /** Hears of each content that was refused while the process runs, once. */
  readonly onRefused?: (name: CertificateName) => void;
}

type Paths = readonly [certificate: string | undefined, key: string | undefined, ca: string | undefined];

const filesOf = ([certificate, key, ca]: Paths): CertificateFiles => ({
  ...(certificate !== undefined && { certificate }),
  ...(key !== undefined && { key }),
  ...(ca !== undefined && { ca }),
});

const sasl = (config: TransportConfig): Pick<KafkaSecurity, 'sasl'> => {
  const { kafkaProtocol, kafkaSaslMechanism: mechanism, kafkaSaslUsername: username } = config;
  const { kafkaSaslPassword: password } = config;
  if (!kafkaProtocol.startsWith('SASL') || username === undefined || password === undefined) return {};
  return { sasl: { mechanism, username, password } };
};

export function openTransport(config: TransportConfig, world: TransportWorld): Transport {
  const { logger, clock = systemClock, onRefused } = world;
  const watchers = new Map<CertificateName, CertificateWatcher>();

  const watch = (name: CertificateName, paths: Paths): CertificateWatcher | undefined => {
    if (paths.every((path) => path === undefined)) return undefined;
    const known = watchers.get(name);
    if (known !== undefined) return known;
    try {
      const watcher = watchCertificates({
        ...{ name, files: filesOf(paths), clock, logger },
        ...(onRefused && { onRefused: () => onRefused(name) }),
      });
      watchers.set(name, watcher);
      return watcher;
    } catch (error) {
      if (error instanceof CertificateRefusedError) throw new ConfigError([error.message]);
      throw error;
    }
  };
  const context = (name: CertificateName, paths: Paths): SecureContext | undefined => {
    const watcher = watch(name, paths);
    return watcher && followedContext(watcher);
  };

  return {
    get grpcServer() {
      return watch('grpc-server', [config.grpcCert, config.grpcKey, config.grpcClientCa]);
    },
    get grpcClient() {
      return watch('grpc-client', [config.clientCert, config.clientKey, config.clientCa]);
    },
    get kafka() {
      if (config.kafkaProtocol === 'PLAINTEXT') return undefined;
      if (!config.kafkaProtocol.endsWith('SSL')) return sasl(config);
      const tls = context('kafka', [config.kafkaCert, config.kafkaKey, config.kafkaCa]);
      return { tls: tls ?? (true as const), ...sasl(config) };
    },
    get mongo() {
      return context('mongodb', [config.mongoCert, config.mongoKey, config.mongoCa]);
    },
    get redis() {
      return context('redis', [config.redisCert, config.redisKey, config.redisCa]);
    },
    get registry() {
      return context('registry', [config.registryCert, config.registryKey, config.registryCa]);
    },
    get watchers() {
      return [...watchers.values()];
    },
    close: () => {
      for (const watcher of watchers.values()) watcher.close();
    },
  };
}
