import type { Command } from 'commander';
import type { Ending } from './ending.ts';
import type { MerchantOptions } from './operator/merchant-options.ts';

/** Loaded only by a process that runs one of the commands. */
const load = () => import('./operator/merchants.ts');

const several = (value: string, before: readonly string[] = []): readonly string[] => [...before, value];

/** What may be set of a merchant. Secrets come from files and variables: arguments are for everybody to see. */
const withTerms = (command: Command): Command =>
  command
    .option('--shop-domain <host>', 'shop, such as example.myshopify.com')
    .option('--currency <code>', 'ISO 4217 code of the shop’s money')
    .option('--earning-points <n>', 'points for every full step')
    .option('--earning-per-minor-units <n>', 'size of a step, in minor units of the currency')
    .option('--default-locale <tag>', 'language where a customer’s has no text')
    .option('--retention-days <n>', 'how long audit entries are kept, 90-180')
    .option('--rate-limit <n>', 'events decided a second, 1-100000')
    .option('--tier-bonus <tier=points>', 'bonus points for reaching a tier; may be repeated', several)
    .option('--till-spends <policy>', 'spends of a till that are not covered: refuse or debt')
    .option('--claw-backs <policy>', 'taken-back points that are not there: forgive or debt')
    .option('--customer-validation <by>', 'core, or off')
    .option('--secret-file <path>', 'adds the webhook secret in a file, - for stdin; may be repeated', several)
    .option('--secret-env <name>', 'adds the webhook secret in an environment variable; may be repeated', several);

/** `points merchants add|list|set`: what merchants have settled with us. */
export function addMerchantCommands(program: Command, ending: Ending): void {
  const command = program.command('merchants').description('Adds, lists and changes merchants');
  withTerms(command.command('add'))
    .description('Adds a merchant; recorded in audit_log')
    .option('--merchant-id <uuid>', 'its id; a new one by default')
    .action(ending(async (options: MerchantOptions) => (await load()).add(options)));
  command
    .command('list')
    .description('Lists the merchants, without their secrets')
    .option('--json', 'for machines')
    .action(ending(async (options: { readonly json?: true }) => (await load()).list(options)));
  withTerms(command.command('set <merchant>'))
    .description('Changes a merchant (id or shop domain) in what is given; recorded in audit_log')
    .option('--remove-tier <tier>', 'takes a tier out of the bonuses; may be repeated', several)
    .option('--remove-secret-file <path>', 'takes out the secret in a file, - for stdin', several)
    .option('--remove-secret-env <name>', 'takes out the secret in an environment variable', several)
    .option('--only-these-secrets', 'takes out every secret but those that are given: the end of a rotation')
    .action(ending(async (merchant: string, options: MerchantOptions) => (await load()).set(merchant, options)));
}
