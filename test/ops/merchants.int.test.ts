import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { UUID } from 'mongodb';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import {
  createLedgerStore,
  createMerchantDirectory,
  seedMerchants,
  type MongoConnection,
} from '../../src/adapters/mongo/index.ts';
import { systemClock } from '../../src/common/clock.ts';
import { silentLogger } from '../../src/common/logger.ts';
import { type MerchantSettings, usualTerms } from '../../src/domain/index.ts';
import { auditEntries } from '../support/audit-entries.ts';
import { readAuditLog } from '../support/audit-log.ts';
import { operatorSettings, runCommand } from '../support/command-line.ts';
import { sharedServers, temporaryFolder } from '../support/servers.ts';
import { until } from '../support/until.ts';

let connection: MongoConnection;
let env: Readonly<Record<string, string>>;
beforeAll(async () => {
  ({ connection, env } = await operatorSettings(afterAll));
});

const nobody = '127.0.0.1:1';
const run = (args: readonly string[], changes: Readonly<Record<string, string>> = {}, stdin = '') =>
  runCommand(['merchants', ...args], { ...env, ...changes }, stdin);

const merchants = () => connection.database.collection('merchants');
const documentOf = async (merchantId: string) => {
  const filter = { merchant_id: new UUID(merchantId) };
  const document = (await merchants().findOne(filter, { projection: { _id: 0, created_at: 0 } }))!;
  return { ...document, merchant_id: String(document['merchant_id']) };
};

const actsOn = async (merchantId: string) =>
  (await readAuditLog(sharedServers()))
    .filter(({ key, value }) => key === merchantId && value['kind'] === 'action')
    .map(({ value: { event_type, actor, detail } }) => ({ event_type, actor, detail }));

/** A merchant who is there, added by the command. */
const added = async (more: readonly string[] = []) => {
  const merchantId = randomUUID();
  const shop = `shop-${merchantId}.myshopify.com`;
  const terms = ['--currency', 'usd', '--earning-points', '1', '--earning-per-minor-units', '100'];
  const named = ['--merchant-id', merchantId, '--shop-domain', shop];
  const end = await run(['add', ...named, ...terms, '--secret-env', 'FIRST_SECRET', ...more], {
    FIRST_SECRET: 'hush-1',
  });
  expect(end).toEqual({ stdout: `${merchantId} ${shop} is added\n`, stderr: '', code: 0 });
  return { merchantId, shop };
};

/** The same without the command. */
const present = async (more: Partial<MerchantSettings> = {}) => {
  const merchantId = randomUUID();
  const shop = `shop-${merchantId}.myshopify.com`;
  const names = { merchantId, shopDomain: shop, webhookSecrets: ['hush-1'], currency: 'USD' };
  const earningRule = { points: 1, perMinorUnits: 100 };
  await seedMerchants(connection, [{ ...usualTerms, ...names, earningRule, ...more }], systemClock);
  return { merchantId, shop };
};

describe('points merchants add', () => {
  test('adds a merchant with what is usual, its secret out of the environment, and puts it on record without it', async () => {
    const { merchantId, shop } = await added();
    expect(await documentOf(merchantId)).toEqual({
      merchant_id: merchantId,
      shop_domain: shop,
      webhook_secrets: ['hush-1'],
      currency: 'USD',
      earning_rule: { points: 1, per_minor_units: 100 },
      default_locale: 'en',
      retention_days: 180,
      rate_limit_per_second: 40,
      tier_bonuses: {},
      overdraft_policy: { till_spends: 'refuse', claw_backs: 'forgive' },
      customer_validation: 'core',
    });
    const acts = await actsOn(merchantId);
    expect(acts).toMatchObject([{ event_type: 'merchants.add', actor: 'operator' }]);
    expect(acts[0]?.detail).toContain('webhook_secrets 1 added, 0 removed, 1 in all, currency unset -> "USD"');
    expect(JSON.stringify(acts)).not.toContain('hush-1');
  });

  test('adds one with everything settled, secrets from a file and from stdin', async () => {
    const file = path.join(await temporaryFolder('secrets'), 'secret');
    await writeFile(file, 'hush-from-file\n');
    const shop = `${randomUUID()}.myshopify.com`;
    const { stdout, stderr, code } = await run(
      [
        ...['add', '--shop-domain', shop.toUpperCase(), '--currency', 'JPY', '--default-locale', 'iw'],
        ...['--earning-points', '3', '--earning-per-minor-units', '5000000000', '--retention-days', '90'],
        ...['--rate-limit', '250', '--tier-bonus', 'gold=500', '--tier-bonus', 'silver=100', '--till-spends', 'debt'],
        ...['--claw-backs', 'debt', '--customer-validation', 'off', '--secret-file', file, '--secret-file', '-'],
      ],
      { POINTS_ACTOR: 'onboarding-job' },
      'hush-from-stdin',
    );
    const [merchantId = ''] = stdout.split(' ');
    expect({ stdout, stderr, code }).toEqual({ stdout: `${merchantId} ${shop} is added\n`, stderr: '', code: 0 });
    expect(await documentOf(merchantId)).toEqual({
      merchant_id: merchantId,
      shop_domain: shop,
      webhook_secrets: ['hush-from-file', 'hush-from-stdin'],
      currency: 'JPY',
      earning_rule: { points: 3, per_minor_units: 5_000_000_000 },
      default_locale: 'he',
      retention_days: 90,
      rate_limit_per_second: 250,
      tier_bonuses: { gold: 500, silver: 100 },
      overdraft_policy: { till_spends: 'debt', claw_backs: 'debt' },
      customer_validation: 'off',
    });
    expect(await actsOn(merchantId)).toMatchObject([{ event_type: 'merchants.add', actor: 'onboarding-job' }]);
  });

  test('tells every fault at once, and quotes no secret', async () => {
    const { stdout, stderr, code } = await run(
      [
        ...['add', '--merchant-id', 'one', '--currency', 'XYZ', '--earning-points', 'some', '--retention-days', '30'],
        ...['--tier-bonus', 'gold', '--tier-bonus', 'a b=5', '--till-spends', 'maybe', '--customer-validation', 'on'],
        ...['--secret-env', 'TWO_SECRETS', '--secret-env', 'UNSET', '--secret-file', '/nowhere'],
      ],
      { TWO_SECRETS: 'hush-1 hush-2' },
    );
    expect({ stdout, code }).toEqual({ stdout: '', code: 1 });
    expect(stderr.trim().replace('points: Merchant settings are not usable: ', '').split('; ')).toEqual([
      'the file /nowhere cannot be read',
      'the variable TWO_SECRETS must hold one secret, in one line',
      'the variable UNSET holds no secret',
      'merchant_id must be a UUID',
      'shop_domain must be a host name',
      'webhook_secrets must hold at least one secret',
      'currency must be an ISO 4217 code',
      'earning_rule.points must be an integer',
      'earning_rule.per_minor_units must be an integer',
      'retention_days must be at least 90',
      'tier_bonuses.gold must be an integer',
      'tier_bonuses.a b must be named by letters, digits, hyphens or underscores',
      'overdraft_policy.till_spends must be refuse or debt',
      'customer_validation must be core or off',
    ]);
  });

  test('refuses a second merchant of a shop, and records nothing of it', async () => {
    const { shop } = await present();
    const other = randomUUID();
    const terms = ['--currency', 'USD', '--earning-points', '1', '--earning-per-minor-units', '100'];
    const end = await run(['add', '--merchant-id', other, '--shop-domain', shop, ...terms, '--secret-env', 'SECRET'], {
      SECRET: 'hush',
    });
    expect(end).toEqual({ stdout: '', stderr: 'points: Another merchant has this id or this shop\n', code: 1 });
    expect(await actsOn(other)).toEqual([]);
  });

  test('takes no secret as an argument', async () => {
    const { stderr, code } = await run(['add', '--secret', 'hush-in-ps']);
    expect(code).toBe(1);
    expect(stderr).toContain("unknown option '--secret'");
  });
});

describe('points merchants set', () => {
  test('changes what is given and nothing else; a running directory sees it, and it is on record', async () => {
    const { merchantId, shop } = await present({ tierBonuses: new Map([['gold', 500]]) });
    const directory = createMerchantDirectory({ connection, logger: silentLogger, clock: systemClock });
    onTestFinished(() => directory.close());
    await directory.start();
    const before = await documentOf(merchantId);

    const first = await run(['set', shop, '--rate-limit', '100', '--claw-backs', 'debt', '--tier-bonus', 'silver=50']);
    expect(first).toEqual({
      stdout: `${merchantId} ${shop}: rate_limit_per_second 40 -> 100, overdraft_policy {claw_backs: "forgive", till_spends: "refuse"} -> {claw_backs: "debt", till_spends: "refuse"}, tier_bonuses {gold: 500} -> {gold: 500, silver: 50}\n`,
      stderr: '',
      code: 0,
    });
    expect(await documentOf(merchantId)).toEqual({
      ...before,
      rate_limit_per_second: 100,
      overdraft_policy: { till_spends: 'refuse', claw_backs: 'debt' },
      tier_bonuses: { gold: 500, silver: 50 },
    });
    await until('it is seen', async () => (await directory.byId(merchantId))?.rateLimitPerSecond === 100, 5_000);
    expect(await directory.byShopDomain(shop)).toMatchObject({
      overdraft: { tillSpends: 'refuse', clawBacks: 'debt' },
      tierBonuses: new Map([
        ['gold', 500],
        ['silver', 50],
      ]),
    });

    const second = await run([
      'set',
      merchantId.toUpperCase(),
      '--remove-tier',
      'gold',
      '--earning-points',
      '2',
      '--currency',
      'eur',
    ]);
    expect(second.code).toBe(0);
    expect(await documentOf(merchantId)).toMatchObject({
      tier_bonuses: { silver: 50 },
      earning_rule: { points: 2, per_minor_units: 100 },
      currency: 'EUR',
    });
    expect(await run(['set', shop, '--currency', 'EUR'])).toMatchObject({
      stdout: `${merchantId} is so already\n`,
      code: 0,
    });
    expect(
      (await actsOn(merchantId)).map(({ event_type, detail }) => [event_type, String(detail).slice(0, 40)]),
    ).toEqual([
      ['merchants.set', 'rate_limit_per_second 40 -> 100, overdra'],
      ['merchants.set', 'currency "USD" -> "EUR", earning_rule {p'],
    ]);
  });

  test('rotates secrets: adds one, takes one out by what it is, ends with those given, and never leaves none', async () => {
    const { merchantId, shop } = await present();
    const secrets = async () =>
      ((await documentOf(merchantId)) as unknown as { readonly webhook_secrets: string[] }).webhook_secrets;
    const end = await run(['set', shop, '--secret-file', '-'], {}, 'hush-2\n');
    expect(end.stdout).toBe(`${merchantId} ${shop}: webhook_secrets 1 added, 0 removed, 2 in all\n`);
    expect(await secrets()).toEqual(['hush-1', 'hush-2']);
    await run(['set', shop, '--remove-secret-env', 'OLD', '--secret-env', 'NEXT'], { OLD: 'hush-1', NEXT: 'hush-3' });
    expect(await secrets()).toEqual(['hush-2', 'hush-3']);
    await run(['set', shop, '--only-these-secrets', '--secret-env', 'NEXT'], { NEXT: 'hush-3' });
    expect(await secrets()).toEqual(['hush-3']);
    expect(await run(['set', shop, '--only-these-secrets'])).toMatchObject({
      stderr: 'points: Merchant settings are not usable: webhook_secrets must hold at least one secret\n',
      code: 1,
    });
    const wrong = await run(['set', shop, '--remove-secret-env', 'OLD'], { OLD: 'hush-9' });
    expect(wrong).toMatchObject({
      stderr:
        'points: Merchant settings are not usable: webhook_secrets does not hold the secret that is to be removed\n',
      code: 1,
    });
    expect(JSON.stringify(await actsOn(merchantId))).not.toMatch(/hush-\d/);
  });

  test('keeps the currency of a merchant whose ledger has entries', async () => {
    const { merchantId, shop } = await present();
    const entries = auditEntries(1).map((entry) => ({ ...entry, merchant_id: merchantId }));
    await createLedgerStore({ connection, clock: systemClock, logger: silentLogger }).append(entries);
    const end = await run(['set', shop, '--currency', 'EUR']);
    expect(end.stderr).toBe(
      'points: The currency stays USD: the ledger has entries whose amounts are in it; add another merchant\n',
    );
    expect(end.code).toBe(1);
    expect(await documentOf(merchantId)).toMatchObject({ currency: 'USD' });
    expect(await actsOn(merchantId)).toEqual([]);
    expect(await run(['set', shop, '--retention-days', '100'])).toMatchObject({ code: 0 });
  });

  test('changes nothing that cannot be recorded', async () => {
    const { merchantId, shop } = await present();
    const { stderr, code } = await run(['set', shop, '--rate-limit', '100'], { KAFKA_BROKER: nobody });
    expect({ stderr, code }).toEqual({ stderr: 'points: Kafka is not available\n', code: 1 });
    expect(await documentOf(merchantId)).toMatchObject({ rate_limit_per_second: 40 });
  });

  test.each([
    ['a merchant that is not there', ['nobody.example', '--rate-limit', '5'], 'There is no merchant nobody.example'],
    ['a number that is none', ['SHOP', '--rate-limit', 'fast'], 'rate_limit_per_second must be an integer'],
    ['a tier that is not there', ['SHOP', '--remove-tier', 'gold'], 'tier_bonuses has no tier gold'],
    ['nothing', ['SHOP'], 'Nothing is to be changed'],
  ])('refuses %s', async (_what, args, message) => {
    const { shop } = await present();
    const { stderr, code } = await run(['set', ...args.map((arg) => (arg === 'SHOP' ? shop : arg))]);
    expect(code).toBe(1);
    expect(stderr).toContain(message);
  });
});

describe('points merchants list', () => {
  test('lists merchants for people and for machines, and no secret', async () => {
    await merchants().deleteMany({});
    const { merchantId, shop } = await present({ tierBonuses: new Map([['gold', 500]]) });
    const brokenId = randomUUID();
    await merchants().insertOne(
      { merchant_id: new UUID(brokenId), shop_domain: 'zz.example', webhook_secrets: 'hush-1', currency: 'USD' },
      { bypassDocumentValidation: true },
    );
    const people = await run(['list']);
    expect(people.stdout.split('\n').map((line) => line.replace(/ {2,}/g, ' | '))).toEqual([
      'MERCHANT | SHOP | CURRENCY | EARNING | LOCALE | DAYS | RATE | VALIDATION | OVERDRAFT | SECRETS | TIERS',
      `${merchantId} | ${shop} | USD | points=1 per_minor_units=100 | en | 180 | 40 | core | till_spends=refuse claw_backs=forgive | 1 | gold=500`,
      `${brokenId} | zz.example | - | - | - | - | - | - | - | - | -`,
      `${brokenId} is not usable: webhook_secrets must be a list; earning_rule must be an object`,
      '',
    ]);
    const machines = await run(['list', '--json']);
    expect(JSON.parse(machines.stdout)).toEqual([
      {
        merchant_id: merchantId,
        shop_domain: shop,
        terms: {
          shop_domain: shop,
          webhook_secrets: 1,
          currency: 'USD',
          earning_rule: { points: 1, per_minor_units: 100 },
          default_locale: 'en',
          retention_days: 180,
          rate_limit_per_second: 40,
          tier_bonuses: { gold: 500 },
          overdraft_policy: { till_spends: 'refuse', claw_backs: 'forgive' },
          customer_validation: 'core',
        },
        faults: [],
      },
      {
        merchant_id: brokenId,
        shop_domain: 'zz.example',
        terms: null,
        faults: ['webhook_secrets must be a list', 'earning_rule must be an object'],
      },
    ]);
    expect(people.stdout + machines.stdout).not.toContain('hush');
  });
});
