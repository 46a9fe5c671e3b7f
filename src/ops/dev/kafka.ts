import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Kafka, logLevel } from 'kafkajs';
import { DependencyUnavailableError } from '../../common/errors.ts';
import { recordClasses, reuseClasses } from './java.ts';
import { scramArguments, secureListener, type SecureServers } from './secure.ts';
import { startServer, untilAnswers, type ServerHandle } from './server.ts';
import { runTool } from './tool.ts';

/** Where a broker listens for what its proxy passes on, and the port of the proxy, which its clients are told. */
export interface ProxiedListener {
  readonly port: number;
  readonly advertised: number;
}

export interface KafkaOptions {
  /** Folder of the installed software. */
  readonly software: string;
  readonly dataDir: string;
  readonly logDir: string;
  /** How many brokers; each is a controller too. */
  readonly brokers: 1 | 3;
  readonly ports: readonly [number, number, number];
  readonly controllerPorts: readonly [number, number, number];
  /**
   * A second listener of each broker, in their order, for clients that come through a proxy. Who asks at `ports`, and
   * the brokers among themselves, do not pass it.
   */
  readonly proxied?: readonly ProxiedListener[];
  /** A further listener of each broker, which speaks TLS. */
  readonly secure?: SecureServers | undefined;
  /** For the installer: writes down the classes it loads, for later starts; then it takes its time to stop. */
  readonly isFirstRun?: boolean;
}

const allKnownWithinMs = 60_000;
const memory = ['-Xms128m', '-Xmx512m', '-XX:+UseSerialGC'];
/**
 * These brokers live for minutes on a machine they share: Java's second compiler, which takes minutes to pay, took as much of
 * it as their work, and doubled what a commit takes. Brokers that stay up have it behind them.
 */
const quickCompiler = '-XX:TieredStopAtLevel=1';

const log4j = `status = error
appender.console.type = Console
appender.console.name = console
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = [%d] %p %m (%c)%n
rootLogger.level = info
rootLogger.appenderRef.console.ref = console
`;

const properties = (options: KafkaOptions, id: number): string => {
  const { brokers, ports, controllerPorts } = options;
  const port = ports[id - 1];
  const proxied = options.proxied?.[id - 1];
  const { secure } = options;
  const securePort = secure?.kafkaPorts[id - 1];
  const replicas = brokers;
  const voters = controllerPorts.slice(0, brokers).map((controller, index) => `${index + 1}@127.0.0.1:${controller}`);
  const settings = {
    'process.roles': 'broker,controller',
    'node.id': id,
    'controller.quorum.voters': voters.join(','),
    listeners: [
      `PLAINTEXT://127.0.0.1:${port}`,
      `CONTROLLER://127.0.0.1:${controllerPorts[id - 1]}`,
      ...(proxied ? [`PROXIED://127.0.0.1:${proxied.port}`] : []),
      ...(securePort === undefined ? [] : [`SECURE://127.0.0.1:${securePort}`]),
    ].join(','),
    'advertised.listeners': [
      `PLAINTEXT://127.0.0.1:${port}`,
      ...(proxied ? [`PROXIED://127.0.0.1:${proxied.advertised}`] : []),
      ...(securePort === undefined ? [] : [`SECURE://localhost:${securePort}`]),
    ].join(','),
    'controller.listener.names': 'CONTROLLER',
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,PROXIED:PLAINTEXT,SECURE:SASL_SSL',
    ...(secure && secureListener(secure)),
    'inter.broker.listener.name': 'PLAINTEXT',
    'log.dirs': path.join(options.dataDir, `broker-${id}`),
    'auto.create.topics.enable': false,
    // Without it every first join of a group waits 3 s for more members.
    'group.initial.rebalance.delay.ms': 0,
    'default.replication.factor': replicas,
    'min.insync.replicas': brokers > 1 ? 2 : 1,
    'offsets.topic.replication.factor': replicas,
    // 50 by default: each is a folder of files to make at the first start.
    'offsets.topic.num.partitions': 4,
    'transaction.state.log.replication.factor': replicas,
    'transaction.state.log.min.isr': brokers > 1 ? 2 : 1,
    'transaction.state.log.num.partitions': 4,
    'share.coordinator.state.topic.replication.factor': replicas,
    'share.coordinator.state.topic.min.isr': brokers > 1 ? 2 : 1,
    'share.coordinator.state.topic.num.partitions': 1,
    'log.cleaner.dedupe.buffer.size': 16_777_216,
  };
  return Object.entries(settings)
    .map(([name, value]) => `${name}=${String(value).replaceAll('\\', '\\\\')}\n`)
    .join('');
};

/** The same for all brokers and for the life of the data; Kafka wants 16 bytes in base64url, and no leading dash. */
const clusterId = async (dataDir: string): Promise<string> => {
  const file = path.join(dataDir, 'cluster-id');
  if (existsSync(file)) return readFile(file, 'utf8');
  const id = `P${randomBytes(16).toString('base64url').slice(1)}`;
  await writeFile(file, id);
  return id;
};

/** Where the installer puts the jars. */
export const kafkaLibraries = (software: string): string => path.join(software, 'libs');

const java = (options: KafkaOptions, log4jFile: string): readonly string[] => [
  ...memory,
  quickCompiler,
  `-Dlog4j2.configurationFile=${log4jFile}`,
  '-cp',
  path.join(kafkaLibraries(options.software), '*'),
];

const format = async (options: KafkaOptions, id: number, config: string, jvm: readonly string[]): Promise<void> => {
  // Written by the tool as its last step.
  if (existsSync(path.join(options.dataDir, `broker-${id}`, 'meta.properties'))) return;
  const cluster = await clusterId(options.dataDir);
  const faster = reuseClasses(options.software);
  const tool = ['kafka.tools.StorageTool', 'format', '-t', cluster, '-c', config];
  const users = options.secure ? scramArguments(options.secure) : [];
  await runTool('java', [...faster, ...jvm, ...tool, ...users]);
};

/**
 * Throws until one of the brokers answers and knows at least `brokers` of them.
 * @param addresses host:port of each broker
 */
export const probeKafka = async (addresses: readonly string[], brokers = 1): Promise<void> => {
  const client = new Kafka({
    brokers: [...addresses],
    clientId: 'points-dev',
    logLevel: logLevel.NOTHING,
    connectionTimeout: 2_000,
    requestTimeout: 5_000,
    retry: { retries: 0 },
  });
  const admin = client.admin();
  try {
    await admin.connect();
    const cluster = await admin.describeCluster();
    if (cluster.brokers.length < brokers) {
      const facts = { brokers: cluster.brokers.length, wanted: brokers };
      throw new DependencyUnavailableError('Kafka', { facts });
    }
  } finally {
    await admin.disconnect();
  }
};

const startBroker = async (options: KafkaOptions, id: number): Promise<ServerHandle> => {
  const config = path.join(options.dataDir, `broker-${id}.properties`);
  const log4jFile = path.join(options.dataDir, 'log4j2.properties');
  await writeFile(config, properties(options, id));
  await writeFile(log4jFile, log4j);
  const jvm = java(options, log4jFile);
  await format(options, id, config, jvm);
  const [port, controller] = [options.ports[id - 1] ?? 0, options.controllerPorts[id - 1] ?? 0];
  const name = `Kafka broker ${id}`;
  const proxied = options.proxied?.[id - 1];
  const classes = options.isFirstRun === true ? recordClasses(options.software) : reuseClasses(options.software);
  return startServer({
    name,
    command: 'java',
    args: [...classes, ...jvm, 'kafka.Kafka', config],
    ...(options.isFirstRun === true && { graceSeconds: 60 }),
    logFile: path.join(options.logDir, `kafka-${id}.log`),
    ports: [
      { server: name, port },
      { server: `Kafka controller ${id}`, port: controller },
      ...(proxied ? [{ server: `${name}, proxied`, port: proxied.port }] : []),
    ],
    probe: () => probeKafka([`127.0.0.1:${port}`]),
  });
};

/**
 * Starts a cluster of one or three brokers and waits until all know each other. The data is formatted once and kept.
 * @throws PortTakenError, ServerFailedError, InstallFailedError when the data cannot be formatted
 */
export const startKafka = async (options: KafkaOptions): Promise<readonly ServerHandle[]> => {
  await mkdir(options.dataDir, { recursive: true });
  await clusterId(options.dataDir);
  const ids = Array.from({ length: options.brokers }, (_, index) => index + 1);
  const started = await Promise.allSettled(ids.map((id) => startBroker(options, id)));
  const handles = started.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
  const fault = started.find((outcome) => outcome.status === 'rejected');
  try {
    if (fault !== undefined) throw fault.reason;
    const addresses = options.ports.slice(0, options.brokers).map((port) => `127.0.0.1:${port}`);
    await untilAnswers('Kafka', () => probeKafka(addresses, options.brokers), allKnownWithinMs);
  } catch (error) {
    await Promise.all(handles.map((handle) => handle.stop()));
    throw error;
  }
  return handles;
};
