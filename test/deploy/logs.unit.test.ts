import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { printedBy } from '../support/run-script.ts';

const fileOf = (name: string): Promise<string> =>
  readFile(new URL(`../../deploy/loki/${name}`, import.meta.url), 'utf8');

/** The text between the braces of a block, by its header. */
const blockOf = (config: string, header: string): string => {
  const from = config.indexOf(`${header} {`);
  if (from < 0) throw new Error(`There is no block ${header}`);
  let depth = 0;
  for (let at = config.indexOf('{', from); at < config.length; at += 1) {
    if (config[at] === '{') depth += 1;
    if (config[at] === '}') depth -= 1;
    if (depth === 0) return config.slice(config.indexOf('{', from) + 1, at);
  }
  throw new Error(`The block ${header} does not end`);
};

const pairsOf = (block: string): Readonly<Record<string, string>> =>
  Object.fromEntries([...block.matchAll(/^\s+(\w+)\s+= "([^"]*)",?$/gm)].map(([, name, value]) => [name, value]));

const listOf = (block: string): readonly string[] =>
  [...(/values = \[([^\]]*)\]/.exec(block)?.[1] ?? '').matchAll(/"([^"]*)"/g)].map(([, text]) => String(text));

type Line = Readonly<Record<string, unknown>>;

const linesOf = (printed: string): readonly Line[] =>
  printed
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Line);

const ofRole = `
  const { prepareProcess } = await import('./src/app/index.ts');
  const { createLogger } = await import('./src/common/logger.ts');
  const { logger, start } = prepareProcess('balances-server', process.env, createLogger);
  logger.warn({ merchant_id: 'm', correlation_id: 'c-1', err: new TypeError('Bad') }, 'A warning');
  logger.debug({}, 'A detail');
  logger.child({ topology: 'points' }).error({}, 'An error');
  const { httpPort, lifecycle } = await start();
  await fetch('http://127.0.0.1:' + httpPort + '/ready');
  await lifecycle.stop('test');
  process.exit(0);`;

const inSpan = `
  const { createLogger } = await import('./src/common/logger.ts');
  const { openTracing } = await import('./src/adapters/tracing/index.ts');
  const { silentLogger } = await import('./src/common/logger.ts');
  const tracing = openTracing({ url: 'http://127.0.0.1:1', headers: {}, sampler: 'always_on', ratio: 1,
    serviceName: 'points', role: 'test', instanceId: 'i', logger: silentLogger, onSpans: () => {} });
  const logger = createLogger({ level: 'info', role: 'ingress', mixin: tracing.logFields });
  tracing.begin('one', { kind: 'server' }).run(() => logger.info({ correlation_id: 'c-1' }, 'Within'));
  logger.info({}, 'Outside');
  process.exit(0);`;

describe('what the collector of logs reads', () => {
  let config: string;
  let lines: readonly Line[];
  beforeAll(async () => {
    config = await fileOf('config.alloy');
    const nobody = { POINTS_DB_HOST: '127.0.0.1:1', REDIS_HOST: '127.0.0.1:1', AUTH_HOST: '127.0.0.1:1' };
    const ports = { POINTS_HTTP_PORT: '0', POINTS_GRPC_PORT: '0', POINTS_LOG_LEVEL: 'debug' };
    lines = linesOf(await printedBy(ofRole, { ...nobody, ...ports, POINTS_HTTP_HOST: '127.0.0.1' }));
  }, 60_000);

  test('is in every line of a role: its labels, and a time in the form that is expected', () => {
    expect(lines.length).toBeGreaterThan(8);
    const json = pairsOf(blockOf(config, 'stage.json'));
    const labels = pairsOf(blockOf(config, 'stage.labels'));
    const time = pairsOf(blockOf(config, 'stage.timestamp'));
    expect(time['format']).toBe('RFC3339Nano');
    for (const line of lines) {
      for (const source of Object.values(labels)) {
        expect(typeof line[json[source] ?? '']).toBe('string');
      }
      expect(line[json[String(time['source'])] ?? '']).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$/);
    }
  });

  test('names levels by the words that Loki knows, and roles by theirs', () => {
    const known = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'];
    expect(lines.map(({ level }) => level).filter((level) => !known.includes(String(level)))).toEqual([]);
    expect(new Set(lines.map(({ level }) => level))).toEqual(new Set(['debug', 'info', 'warn', 'error']));
    expect(new Set(lines.map(({ role }) => role))).toEqual(new Set(['balances-server']));
  });

  test('becomes few labels, and none that names a merchant, a customer or a request', () => {
    const kept = listOf(blockOf(config, 'stage.label_keep'));
    const fromDiscovery = [...config.matchAll(/target_label\s+= "(\w+)"/g)].map(([, name]) => String(name));
    const fromLines = Object.keys(pairsOf(blockOf(config, 'stage.labels')));
    expect(kept.toSorted()).toEqual(['instance', 'level', 'role', 'service']);
    expect(new Set([...fromDiscovery, ...fromLines])).toEqual(new Set(kept));
  });

  test('has the ids that are searched for beside the line, from lines that have them', async () => {
    const json = pairsOf(blockOf(config, 'stage.json'));
    const beside = Object.values(pairsOf(blockOf(config, 'stage.structured_metadata'))).map((name) => json[name] ?? '');
    const printed = linesOf(await printedBy(inSpan));
    const [within, outside] = ['Within', 'Outside'].map((said) => printed.find(({ msg }) => msg === said));
    for (const name of beside) expect(typeof within?.[name]).toBe('string');
    expect(within?.['trace_id']).toMatch(/^[0-9a-f]{32}$/);
    expect(outside).toMatchObject({ role: 'ingress' });
    expect(outside).not.toHaveProperty('trace_id');
  }, 30_000);
});

test('Loki keeps lines for a month, throws them away then, and takes what the collector puts beside them', async () => {
  const loki = parse(await fileOf('loki.yml')) as {
    readonly limits_config: Readonly<Record<string, unknown>>;
    readonly compactor: Readonly<Record<string, unknown>>;
    readonly schema_config: { readonly configs: readonly Readonly<Record<string, unknown>>[] };
  };
  expect(loki.limits_config).toMatchObject({ retention_period: '744h', allow_structured_metadata: true });
  expect(loki.compactor).toMatchObject({ retention_enabled: true, delete_request_store: 'filesystem' });
  expect(loki.schema_config.configs).toMatchObject([{ store: 'tsdb', schema: 'v13', index: { period: '24h' } }]);
});
