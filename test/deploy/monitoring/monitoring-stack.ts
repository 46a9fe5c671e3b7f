import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parse, stringify } from 'yaml';
import { installPrometheus } from '../../../src/ops/dev/install-prometheus.ts';
import { freePorts } from '../../../src/ops/dev/ports.ts';
import { startServer } from '../../../src/ops/dev/server.ts';
import { temporaryFolder } from '../../support/servers.ts';
import { deployFolder } from './rules.ts';
import { type SnsServer, startSnsServer } from './sns-server.ts';

export interface Sample {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface Monitoring {
  readonly sns: SnsServer;
  /** An instant query. @throws what Prometheus says of a query that it does not take */
  readonly query: (expr: string) => Promise<readonly Sample[]>;
  /** The value of a query that has one series; NaN where it has none. */
  readonly valueOf: (expr: string) => Promise<number>;
}

type OnEnd = (cleanUp: () => Promise<void>) => unknown;

/** The file as it is in the repository, with what only another clock and other addresses need. */
const adapted = async (from: string, to: string, adapt: (text: string) => string): Promise<void> => {
  await writeFile(to, adapt(await readFile(from, 'utf8')));
};

const answers = (url: string) => async (): Promise<void> => {
  const { ok, status } = await fetch(url);
  if (!ok) throw new Error(`${url} answers ${String(status)}`);
};

interface AlertmanagerFile {
  readonly receivers: readonly { readonly sns_configs: Record<string, unknown>[] }[];
}

/**
 * Prometheus and Alertmanager as deploy/ configures them, on free ports: scraping every second instead of every 15, with alerts
 * routed at once, and with SNS in this process.
 * @param targets address and role of each process
 */
export const startMonitoring = async (
  targets: readonly { readonly address: string; readonly role: string }[],
  onEnd: OnEnd,
): Promise<Monitoring> => {
  const programs = await installPrometheus();
  const folder = await temporaryFolder('monitoring');
  const [port = 0, alertPort = 0] = await freePorts(2);
  const sns = await startSnsServer();
  onEnd(() => sns.close());

  const alerting = path.join(folder, 'alertmanager');
  await cp(path.join(deployFolder, 'alertmanager'), alerting, { recursive: true });
  const config = path.join(alerting, 'alertmanager.yml');
  await adapted(config, config, (text) => {
    const file = parse(text.replaceAll(/(group_wait|group_interval): \w+/g, '$1: 1s')) as AlertmanagerFile;
    // The credentials stay away, as in the repository: they come from the environment.
    for (const { sns_configs } of file.receivers) for (const one of sns_configs) one['api_url'] = sns.url;
    return stringify(file);
  });
  const alertAddress = `127.0.0.1:${String(alertPort)}`;
  const alertmanager = await startServer({
    name: 'Alertmanager',
    command: programs.alertmanager,
    cwd: programs.alertmanagerFolder,
    args: [
      ...[`--config.file=${config}`, `--storage.path=${path.join(folder, 'alerts')}`, '--cluster.listen-address='],
      `--web.listen-address=${alertAddress}`,
    ],
    env: { ...process.env, AWS_REGION: 'eu-west-1', AWS_ACCESS_KEY_ID: 'key', AWS_SECRET_ACCESS_KEY: 'secret' },
    logFile: path.join(folder, 'alertmanager.log'),
    ports: [{ server: 'Alertmanager', port: alertPort }],
    probe: answers(`http://${alertAddress}/-/ready`),
  });
  onEnd(() => alertmanager.stop());

  const scraping = path.join(folder, 'prometheus');
  await cp(path.join(deployFolder, 'prometheus'), scraping, { recursive: true });
  await mkdir(path.join(folder, 'data'));
  await adapted(path.join(scraping, 'prometheus.yml'), path.join(scraping, 'prometheus.yml'), (text) =>
    text.replaceAll(/interval: 15s/g, 'interval: 1s').replaceAll('alertmanager:9093', alertAddress),
  );
  await adapted(path.join(scraping, 'rules/slo.yml'), path.join(scraping, 'rules/slo.yml'), (text) =>
    text.replaceAll('interval: 30s', 'interval: 1s'),
  );
  const files = targets.map(({ address, role }) => ({ targets: [address], labels: { role } }));
  await writeFile(path.join(scraping, 'targets/points.yml'), stringify(files));
  const base = `http://127.0.0.1:${String(port)}`;
  const prometheus = await startServer({
    name: 'Prometheus',
    command: programs.prometheus,
    args: [
      `--config.file=${path.join(scraping, 'prometheus.yml')}`,
      `--storage.tsdb.path=${path.join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${String(port)}`,
      // The watchdog fires before Alertmanager is found, and would be sent again a minute later.
      '--rules.alert.resend-delay=1s',
    ],
    logFile: path.join(folder, 'prometheus.log'),
    ports: [{ server: 'Prometheus', port }],
    probe: answers(`${base}/-/ready`),
  });
  onEnd(() => prometheus.stop());

  const query: Monitoring['query'] = async (expr) => {
    const response = await fetch(`${base}/api/v1/query`, {
      method: 'POST',
      body: new URLSearchParams({ query: expr }),
    });
    const { data, error } = (await response.json()) as {
      readonly error?: string;
      readonly data?: { readonly result: readonly { metric: Record<string, string>; value: [number, string] }[] };
    };
    if (data === undefined) throw new Error(`${expr}: ${error ?? 'no answer'}`);
    return data.result.map(({ metric, value }) => ({ metric, value: Number(value[1]) }));
  };
  return { sns, query, valueOf: async (expr) => (await query(expr))[0]?.value ?? Number.NaN };
};
