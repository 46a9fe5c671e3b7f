import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { createTranslationCatalogue, type MongoConnection } from '../../src/adapters/mongo/index.ts';
import { silentLogger } from '../../src/common/logger.ts';
import { readAuditLog } from '../support/audit-log.ts';
import { operatorSettings, runCommand } from '../support/command-line.ts';
import { redisConnection } from '../support/redis-connection.ts';
import { sharedServers } from '../support/servers.ts';
import { until } from '../support/until.ts';

let connection: MongoConnection;
let env: Readonly<Record<string, string>>;
beforeAll(async () => {
  ({ connection, env } = await operatorSettings(afterAll));
});

const nobody = '127.0.0.1:1';
const run = (args: readonly string[], changes: Readonly<Record<string, string>> = {}) =>
  runCommand(['translations', ...args], { ...env, ...changes });

const translations = () => connection.database.collection('translations');
const insert = async (key: string, locale: string, value: string): Promise<void> => {
  const document = { key, locale, value, version: 1, created_at: new Date(0) };
  // As a text may be there that came before the validator.
  await translations().insertOne(document, { bypassDocumentValidation: true });
};

/** What is there beside the built-in texts goes again. */
const forgetOthers = async (): Promise<void> => {
  await translations().deleteMany({ locale: { $nin: ['en', 'ar', 'he'] } });
};

const french = '{points, plural, one {# point gagné} many {# de points gagnés} other {# points gagnés}}';

interface Judged {
  readonly texts: number;
  readonly faults: readonly { readonly key: string; readonly locale: string; readonly code: string }[];
  readonly review: readonly {
    readonly key: string;
    readonly locale: string;
    readonly sentences: readonly { readonly points: number; readonly text: string; readonly english: string }[];
  }[];
}

describe('points translations lint', () => {
  test('finds nothing wrong with the built-in texts, and needs no server for that', async () => {
    expect(await runCommand(['translations', 'lint', '--built-in'])).toEqual({
      stdout: '21 texts, 0 faults\n',
      stderr: '',
      code: 0,
    });
  });

  test('finds nothing wrong with what `points setup` has written', async () => {
    expect(await run(['lint'])).toEqual({ stdout: '21 texts, 0 faults\n', stderr: '', code: 0 });
  });

  test('tells every fault at once, and its exit code is 1', async () => {
    onTestFinished(forgetOthers);
    await insert('points.earned', 'fr', '{points, plural, one {# point} other {# points de {name}}}');
    await insert('points.spent', 'pl', '{points} punktów');
    await insert('points.lost', 'fr', french);
    const { stdout, code } = await run(['lint']);
    expect(code).toBe(1);
    expect(stdout.split('\n')).toEqual([
      'points.earned in fr has no plural branch many, which fr needs',
      'points.earned in fr asks for {name}, which may carry personal data',
      'points.lost in fr is a message that the service never says',
      'points.spent in pl says the points without a plural, which pl needs',
      '24 texts, 4 faults',
      '',
    ]);
  });

  test('tells a text that is missing', async () => {
    const { value } = (await translations().findOne({ key: 'points.owed', locale: 'he' }))!;
    onTestFinished(() => insert('points.owed', 'he', value));
    await translations().deleteOne({ key: 'points.owed', locale: 'he' });
    const { stdout, code } = await run(['lint']);
    expect({ stdout, code }).toEqual({ stdout: 'points.owed in he is missing\n20 texts, 1 fault\n', code: 1 });
  });

  test('gives machines the faults, and each sentence beside the English one', async () => {
    onTestFinished(forgetOthers);
    await insert('points.earned', 'fr', french);
    await insert('points.spent', 'fr', 'Voir shop.example');
    const { stdout, code } = await run(['lint', '--json']);
    const judged = JSON.parse(stdout) as Judged;
    expect(code).toBe(1);
    expect(judged.texts).toBe(23);
    expect(judged.faults.map(({ key, locale, code: fault }) => [key, locale, fault])).toEqual([
      ['points.spent', 'fr', 'personal_data'],
      ['points.spent', 'fr', 'number_lost'],
    ]);
    expect(judged.review).toHaveLength(23);
    const review = judged.review.find(({ key, locale }) => key === 'points.earned' && locale === 'fr');
    expect(review?.sentences).toEqual([
      { points: 0, text: '0 point gagné', english: 'You earned 0 points' },
      { points: 1, text: '1 point gagné', english: 'You earned 1 point' },
      { points: 2, text: '2 points gagnés', english: 'You earned 2 points' },
      { points: 3, text: '3 points gagnés', english: 'You earned 3 points' },
      { points: 11, text: '11 points gagnés', english: 'You earned 11 points' },
      { points: 100, text: '100 points gagnés', english: 'You earned 100 points' },
      { points: 1_000_000, text: '1\u202f000\u202f000 de points gagnés', english: 'You earned 1,000,000 points' },
    ]);
  });

  test('shows people the sentences beside the English ones', async () => {
    const { stdout, code } = await run(['lint', '--review']);
    expect(code).toBe(0);
    expect(stdout).toContain('\npoints.spent he\n');
    expect(stdout).toContain('\n3        You spent 3 points          \u2068השתמשת ב-3 נקודות\u2069\n');
  });

  test('says that MongoDB is away, in one line', async () => {
    const { stderr, code } = await run(['lint'], { POINTS_DB_HOST: nobody });
    expect({ stderr, code }).toEqual({ stderr: 'points: MongoDB is not available\n', code: 1 });
  });
});

describe('points translations list', () => {
  test('lists the texts with their versions', async () => {
    const { stdout, code } = await run(['list']);
    expect(code).toBe(0);
    const [head, ...lines] = stdout.trimEnd().split('\n');
    expect(head).toBe('KEY                LOCALE  VERSION  TEXT');
    expect(lines).toHaveLength(21);
    expect(lines[1]).toBe(
      'points.balance     en      1        \u2068{points, plural, one {You have # point} other {You have # points}}\u2069',
    );
  });

  test('lists them for machines', async () => {
    const { stdout } = await run(['list', '--json']);
    expect((JSON.parse(stdout) as unknown[])[1]).toEqual({
      key: 'points.balance',
      locale: 'en',
      version: 1,
      value: '{points, plural, one {You have # point} other {You have # points}}',
    });
  });
});

describe('points translations set', () => {
  const set = (locale: string, value: string, changes: Readonly<Record<string, string>> = {}) =>
    run(['set', '--key', 'points.earned', '--locale', locale, '--value', value], changes);

  const acts = async () =>
    (await readAuditLog(sharedServers()))
      .map(({ value }) => value)
      .filter(
        ({ event_type, actor }) => event_type === 'translations.set' && actor === env['POINTS_DB_NAME']!.slice(0, 64),
      );

  /** Names the records of this run. */
  const actor = () => ({ POINTS_ACTOR: env['POINTS_DB_NAME']!.slice(0, 64) });

  test('writes a text as version 1, then 2, 3 …; processes and Redis see it, and each time it is on record', async () => {
    onTestFinished(forgetOthers);
    const catalogue = createTranslationCatalogue({ connection, logger: silentLogger });
    onTestFinished(() => catalogue.close());
    await catalogue.start();
    const redis = await redisConnection(sharedServers().redis.cache, onTestFinished);
    const inRedis = async () =>
      JSON.parse((await redis.client.get('translations:points.earned:fr')) ?? '{}') as unknown;

    expect(await set('fr', french, actor())).toEqual({
      stdout: 'points.earned in fr is version 1\n',
      stderr: '',
      code: 0,
    });
    expect(await inRedis()).toMatchObject({ value: french, version: 1 });
    expect(await redis.client.ttl('translations:points.earned:fr')).toBeGreaterThan(86_300);
    const changed = french.replaceAll('gagné', 'reçu');
    expect(await set('fr', changed, actor())).toMatchObject({ stdout: 'points.earned in fr is version 2\n', code: 0 });
    expect(await inRedis()).toMatchObject({ value: changed, version: 2 });
    await until('a process sees it', () => catalogue.lookup('points.earned', 'fr') === changed, 5_000);
    expect(await set('fr', changed, actor())).toMatchObject({
      stdout: 'points.earned in fr says this already, as version 2\n',
      code: 0,
    });
    expect(await acts()).toMatchObject([
      { kind: 'action', detail: 'points.earned in fr, which was not there' },
      { kind: 'action', detail: 'points.earned in fr, after version 1' },
    ]);
  });

  test('refuses a text that is not fit, tells every fault, and changes and records nothing', async () => {
    const before = (await acts()).length;
    const { stderr, code } = await set('fr', '{points, plural, one {#} other {us@shop.example}}', actor());
    expect({ stderr, code }).toEqual({
      stderr: [
        'points: The text is not taken:',
        '  points.earned in fr carries an e-mail address',
        '  points.earned in fr carries a URL',
        '  points.earned in fr has no plural branch many, which fr needs',
        '  points.earned in fr renders to no words',
        '  points.earned in fr says the same for 2, 3, 11, 100, 1000000 points',
        '',
      ].join('\n'),
      code: 1,
    });
    expect(await translations().countDocuments({ locale: 'fr' })).toBe(0);
    expect(await acts()).toHaveLength(before);
  });

  test('changes nothing that cannot be recorded', async () => {
    const { stderr, code } = await set('fr', french, { KAFKA_BROKER: nobody });
    expect({ stderr, code }).toEqual({ stderr: 'points: Kafka is not available\n', code: 1 });
    expect(await translations().countDocuments({ locale: 'fr' })).toBe(0);
  });

  test('does without Redis, and says so', async () => {
    onTestFinished(forgetOthers);
    expect(await set('fr', french, { REDIS_HOST: nobody })).toEqual({
      stdout: 'points.earned in fr is version 1\n',
      stderr: 'points: Redis could not be told; processes that run tell it by themselves\n',
      code: 0,
    });
  });
});
