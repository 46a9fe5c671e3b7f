import type { Command } from 'commander';
import type { TextToLint } from '../domain/index.ts';
import type { LintOptions } from './operator/translations.ts';
import type { Ending } from './ending.ts';

/** Loaded only by a process that runs one of the commands. */
const load = () => import('./operator/translations.ts');

/** `points translations lint|list|set`: judges, shows and changes the sentences of the service. */
export function addTranslationCommands(program: Command, ending: Ending): void {
  const command = program.command('translations').description('Judges, lists and changes the texts of the service');
  command
    .command('lint')
    .description('Tells every fault of the texts; exit code 1 where there is one')
    .option('--built-in', 'of the texts that come with the service, not of the collection')
    .option('--review', 'shows each text for sample numbers beside English, for whoever checks the meaning')
    .option('--json', 'all of it for machines, the review too')
    .action(ending(async (options: LintOptions) => (await load()).lint(options)));
  command
    .command('list')
    .description('Lists the texts of the collection')
    .option('--json', 'for machines')
    .action(ending(async (options: { readonly json?: true }) => (await load()).list(options)));
  command
    .command('set')
    .description('Writes a text where the lint finds nothing wrong with it; recorded in audit_log')
    .requiredOption('--key <key>', 'message, such as points.earned')
    .requiredOption('--locale <tag>', 'BCP 47 language tag')
    .requiredOption('--value <text>', 'ICU MessageFormat text')
    .action(ending(async (text: TextToLint) => (await load()).set(text)));
}
