// Writes docs/configuration.md from the settings' own description; `--check` only says whether it is up to date.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describeSettings } from '../app/index.ts';

const file = path.resolve(import.meta.dirname, '../../docs/configuration.md');

const cell = (text: string): string => text.replaceAll('|', '\\|');

type Row = ReturnType<typeof describeSettings>[number];

/** What is said instead of a default where a setting must be set, or may be left out. */
const unset = ({ fallback, isOptional, roles, usedBy }: Row): string => {
  if (fallback.startsWith('= ')) return `that of \`${fallback.slice(2)}\``;
  if (fallback !== '') return `\`${cell(fallback)}\``;
  if (isOptional) return '–';
  const required = roles.length === 0 ? [] : [`required by ${roles.join(', ')}`];
  const used = usedBy.length === 0 ? [] : [`used by ${usedBy.join(', ')}`];
  return [...required, ...used].join('; ');
};

const row = (one: Row): string =>
  `| \`${one.name}\` | ${cell(one.about)} | ${unset(one)} | ${one.isSecret ? 'yes' : ''} |\n`;

const text = `# Configuration

Generated from \`src/app/settings/\` by \`npm run generate\`: edit there.

Settings are environment variables. A variable that is empty counts as not set. A secret may come from a file instead: \`NAME_FILE\`
holds the file's path, and nothing shows what is in it. A fault is told before anything starts, all of them at once, with exit code
78. \`points config\` prints what is in force and where each value comes from.

| setting | what it is | default | secret |
|---|---|---|---|
${describeSettings().map(row).join('')}`;

if (process.argv.includes('--check')) {
  if (readFileSync(file, 'utf8') !== text) {
    process.stderr.write('docs/configuration.md is not up to date: npm run generate\n');
    process.exitCode = 1;
  }
} else {
  writeFileSync(file, text);
  process.stdout.write('configuration.md\n');
}
