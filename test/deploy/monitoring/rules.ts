import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';

export const deployFolder = path.resolve(import.meta.dirname, '../../../deploy');
export const prometheusFolder = path.join(deployFolder, 'prometheus');

export interface AlertRule {
  readonly alert: string;
  readonly expr: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

interface RuleFile {
  readonly groups: readonly { readonly rules: readonly (AlertRule | { readonly record: string })[] }[];
}

interface TestFile {
  readonly tests: readonly {
    readonly alert_rule_test: readonly { readonly alertname: string; readonly exp_alerts: readonly object[] }[];
  }[];
}

const filesOf = (folder: string): readonly string[] =>
  readdirSync(path.join(prometheusFolder, folder))
    .filter((name) => name.endsWith('.yml'))
    .map((name) => path.join(prometheusFolder, folder, name));

const read = (file: string): unknown => parse(readFileSync(file, 'utf8'));

export const ruleFiles = filesOf('rules');
export const testFiles = filesOf('tests');

/** Every alert of every rule file. */
export const alertRules: readonly AlertRule[] = ruleFiles
  .flatMap((file) => (read(file) as RuleFile).groups)
  .flatMap(({ rules }) => rules)
  .filter((rule): rule is AlertRule => 'alert' in rule);

/** Of each alert that is tested: how often it is expected to fire, and to be silent. */
export const testedAlerts = (): ReadonlyMap<string, { readonly firing: number; readonly silent: number }> => {
  const counts = new Map<string, { firing: number; silent: number }>();
  const cases = testFiles
    .flatMap((file) => (read(file) as TestFile).tests)
    .flatMap(({ alert_rule_test }) => alert_rule_test);
  for (const { alertname, exp_alerts } of cases) {
    const count = counts.get(alertname) ?? { firing: 0, silent: 0 };
    count[exp_alerts.length > 0 ? 'firing' : 'silent'] += 1;
    counts.set(alertname, count);
  }
  return counts;
};
