import { describe, expect, test } from 'vitest';
import { processTracing } from '../../../src/app/tracing/process-tracing.ts';
import { loadConfig } from '../../../src/app/index.ts';
import { printedBy } from '../../support/run-script.ts';

const servers = {
  ...{ KAFKA_BROKER: '127.0.0.1:1', SCHEMA_REGISTRY_URL: 'http://127.0.0.1:1', POINTS_DB_HOST: '127.0.0.1:1' },
  ...{ REDIS_HOST: '127.0.0.1:1', AUTH_HOST: '127.0.0.1:1', CORE_HOST: '127.0.0.1:1' },
  ...{ POINTS_HTTP_HOST: '127.0.0.1', POINTS_HTTP_PORT: '0', POINTS_GRPC_HOST: '127.0.0.1', POINTS_GRPC_PORT: '0' },
};

/** Starts a process of the service without its servers, and tells which packages of OpenTelemetry it has loaded. */
const loadedBy = async (name: string, env: Readonly<Record<string, string>>): Promise<readonly string[]> => {
  const script = `
    import { registerHooks } from 'node:module';
    const loaded = new Set();
    registerHooks({ load: (url, context, next) => {
      const found = /@opentelemetry\\/([^/]+)/.exec(url);
      // prom-client has the api for itself; it does nothing without an SDK.
      if (found && found[1] !== 'api') loaded.add(found[1]);
      return next(url, context);
    } });
    const { prepareProcess } = await import('./src/app/index.ts');
    const { silentLogger } = await import('./src/common/logger.ts');
    const { lifecycle } = await prepareProcess(${JSON.stringify(name)}, process.env, () => silentLogger).start();
    console.log(JSON.stringify([...loaded].sort()));
    void lifecycle;
    process.exit(0);`;
  const stdout = await printedBy(script, { ...servers, ...env });
  return JSON.parse(stdout) as string[];
};

const collector = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1' };

describe('where no collector is set', () => {
  test.each(['service', 'balances-server'])(
    '%s loads nothing of OpenTelemetry',
    async (name) => {
      expect(await loadedBy(name, {})).toEqual([]);
      expect(await loadedBy(name, { ...collector, OTEL_SDK_DISABLED: 'true' })).toEqual([]);
    },
    60_000,
  );

  test('it loads it where one is', async () => {
    expect(await loadedBy('balances-server', collector)).toContain('sdk-trace');
  }, 60_000);

  test('lines of the log get nothing added', () => {
    expect(processTracing(loadConfig(servers, ['ingress']), 'ingress').mixin).toBeUndefined();
    expect(processTracing(loadConfig({ ...servers, ...collector }, ['ingress']), 'ingress').mixin?.()).toEqual({});
  });
});
