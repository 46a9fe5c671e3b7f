import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { installPrometheus, type PrometheusPrograms } from '../../../src/ops/dev/install-prometheus.ts';
import { runTool } from '../../../src/ops/dev/tool.ts';
import { deployFolder, prometheusFolder, ruleFiles, testFiles } from './rules.ts';

let programs: PrometheusPrograms;
beforeAll(async () => {
  programs = await installPrometheus();
}, 300_000);

const promtool = async (...args: readonly string[]): Promise<string> => {
  let output = '';
  await runTool(programs.promtool, args, { cwd: prometheusFolder, onOutput: (text) => (output += text) });
  return output;
};

describe('promtool', () => {
  test('takes the configuration and every rule', async () => {
    expect(await promtool('check', 'config', 'prometheus.yml')).toContain('SUCCESS');
    expect(await promtool('check', 'rules', '--lint-fatal', ...ruleFiles)).not.toContain('FAILED');
  });

  test.each(testFiles.map((file) => [path.basename(file), file] as const))(
    'sees the alerts of %s fire and be silent as they must',
    async (_name, file) => {
      expect(await promtool('test', 'rules', file)).toContain('SUCCESS');
    },
    120_000,
  );
});

test('amtool takes the routes and templates of Alertmanager', async () => {
  const file = path.join(deployFolder, 'alertmanager', 'alertmanager.yml');
  await runTool(programs.amtool, ['check-config', file]);
  const routes: readonly (readonly [matcher: string, receiver: string])[] = [
    ['severity=critical', 'sns-critical'],
    ['severity=warning', 'sns-warning'],
    ['alertname=Watchdog', 'dead-mans-switch'],
  ];
  for (const [matcher, receiver] of routes) {
    await runTool(programs.amtool, [
      ...['config', 'routes', 'test', `--config.file=${file}`, `--verify.receivers=${receiver}`, matcher],
    ]);
  }
});
