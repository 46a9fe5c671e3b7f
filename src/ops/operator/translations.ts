import {
  createTranslationCatalogue,
  createTranslationStore,
  type MongoConnection,
  type StoredTranslation,
  sentenceRules,
  textRules,
  type TextChange,
} from '../../adapters/mongo/index.ts';
import { createRedis, createTextCache } from '../../adapters/redis/index.ts';
import { type Config, loadConfig, openTransport } from '../../app/index.ts';
import { systemClock } from '../../common/clock.ts';
import { PointsError } from '../../common/errors.ts';
import { silentLogger } from '../../common/logger.ts';
import {
  builtInTexts,
  lintText,
  lintTexts,
  reviewTexts,
  type TextReview,
  type TextToLint,
} from '../../domain/index.ts';
import { recordAct, withMongo } from './act.ts';
import { table } from '../table.ts';
import { isolated, print, printJson } from './output.ts';

const rules = { text: textRules, sentence: sentenceRules };

/** A text that no customer may be shown. */
class TextUnfitError extends PointsError {
  readonly code = 'TEXT_UNFIT';
}

export interface LintOptions {
  readonly json?: true;
  readonly review?: true;
  readonly builtIn?: true;
}

const readTexts = (): Promise<readonly StoredTranslation[]> =>
  withMongo(loadConfig(process.env, ['inspection']), (connection) =>
    createTranslationStore(connection, systemClock).list(),
  );

const reviewTable = ({ key, locale, sentences }: TextReview): string => {
  const rows = sentences.map(({ points, text, english }) => [
    String(points),
    english ?? '(cannot be rendered)',
    text === null ? '(cannot be rendered)' : isolated(text),
  ]);
  return `\n${key} ${locale}\n${table(['points', 'en', locale], rows)}`;
};

/** Tells every fault of the texts; the process then ends with 1. */
export async function lint({ json, review, builtIn }: LintOptions): Promise<void> {
  const texts: readonly TextToLint[] = builtIn ? builtInTexts : await readTexts();
  const faults = lintTexts(texts, rules);
  if (faults.length > 0) process.exitCode = 1;
  if (json) {
    printJson({ texts: texts.length, faults, review: reviewTexts(texts) });
    return;
  }
  for (const { key, locale, message } of faults) print(`${key} in ${locale} ${message}\n`);
  print(`${texts.length} texts, ${faults.length} ${faults.length === 1 ? 'fault' : 'faults'}\n`);
  if (review) for (const one of reviewTexts(texts)) print(reviewTable(one));
}

export async function list({ json }: { readonly json?: true }): Promise<void> {
  const texts = await readTexts();
  if (json) {
    printJson(texts.map(({ key, locale, version, value }) => ({ key, locale, version, value })));
    return;
  }
  const rows = texts.map(({ key, locale, version, value }) => [key, locale, String(version), isolated(value)]);
  print(table(['KEY', 'LOCALE', 'VERSION', 'TEXT'], rows));
}

/** Tells Redis what the collection says now, in case nothing that follows the collection runs. */
async function refreshRedis(
  config: Config<'translator'>,
  connection: MongoConnection,
  text: TextToLint,
): Promise<void> {
  const told: TextChange[] = [];
  const onText = (change: TextChange): void => void told.push(change);
  const catalogue = createTranslationCatalogue({ connection, logger: silentLogger, onText });
  const { redis: tls } = openTransport(config, { logger: silentLogger });
  const redis = createRedis({ url: config.redisCacheUrl, name: 'cache', logger: silentLogger, tls });
  try {
    await Promise.all([catalogue.start(), redis.whenReady(2_000)]);
    const changes = told.filter(({ key, locale }) => key === text.key && locale === text.locale);
    await createTextCache({ connection: redis }).putIfNewer(changes);
  } finally {
    await Promise.all([catalogue.close(), redis.close()]);
  }
}

/**
 * Writes a text that the lint finds nothing wrong with.
 * @throws TextUnfitError that lists every fault
 * @throws DependencyUnavailableError; where it could not be recorded nothing is changed
 */
export async function set(text: TextToLint): Promise<void> {
  const config = loadConfig(process.env, ['operator', 'translator']);
  const name = `${text.key} in ${text.locale}`;
  const faults = lintText(text, rules);
  if (faults.length > 0) {
    const lines = faults.map(({ message }) => `\n  ${name} ${message}`);
    throw new TextUnfitError(`The text is not taken:${lines.join('')}`, { facts: { faults: faults.length } });
  }
  await withMongo(config, async (connection) => {
    const store = createTranslationStore(connection, systemClock);
    const before = await store.find(text.key, text.locale);
    if (before?.value === text.value) {
      print(`${name} says this already, as version ${before.version}\n`);
      return;
    }
    const detail = `${name}, ${before === undefined ? 'which was not there' : `after version ${before.version}`}`;
    await recordAct(config, { name: 'translations.set', detail });
    const version = await store.set(text);
    print(`${name} is version ${version}\n`);
    await refreshRedis(config, connection, text).catch(() => {
      process.stderr.write('points: Redis could not be told; processes that run tell it by themselves\n');
    });
  });
}
