/** Writes what deploy/ holds of monitoring that is made from src/ops/monitoring; `--check` only says whether it is up to date. */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { dashboard } from './dashboard.ts';
import { sloRules } from './slo-rules.ts';

const deploy = path.resolve(import.meta.dirname, '../../../deploy');

const wanted = new Map([
  ['prometheus/rules/slo.yml', sloRules()],
  ['grafana/dashboards/points.json', dashboard()],
]);

const present = (file: string): string | undefined => {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
};

for (const [name, text] of wanted) {
  const file = path.join(deploy, name);
  if (!process.argv.includes('--check')) {
    writeFileSync(file, text);
    process.stdout.write(`${name}\n`);
  } else if (present(file) !== text) {
    process.stderr.write(`deploy/${name} is not up to date: npm run generate\n`);
    process.exitCode = 1;
  }
}
