import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import {
  createTextCache,
  createTextMirror,
  type RedisConnection,
  type TextCache,
} from '../../../src/adapters/redis/index.ts';
import type { CachedText } from '../../../src/adapters/redis/text-cache.ts';
import { DependencyUnavailableError } from '../../../src/common/errors.ts';
import { silentLogger } from '../../../src/common/logger.ts';
import { redisConnection } from '../../support/redis-connection.ts';
import { sharedServers } from '../../support/servers.ts';
import { tcpDoor } from '../../support/tcp-door.ts';
import { until } from '../../support/until.ts';

let connection: RedisConnection;
let cache: TextCache;
beforeAll(async () => {
  connection = await redisConnection(sharedServers().redis.cache, afterAll);
  cache = createTextCache({ connection });
});

const value = '{points, plural, one {# point} other {# points}}';
const text = (changes: Partial<CachedText> = {}): CachedText => ({
  ...{ key: `points.n${randomUUID()}`, locale: 'en', value, version: 1, at: 2 ** 51 + 5 },
  ...changes,
});
const redisKey = ({ key, locale }: CachedText) => `translations:${key}:${locale}`;
const held = async (one: CachedText) => (await cache.read(one.key, [one.locale])).get(one.locale);

describe('the texts in Redis', () => {
  test('are JSON that other services can read, for 24 hours', async () => {
    const one = text({ version: 3, at: 7_388_000_000_000_007 });
    await cache.putIfNewer([one]);
    expect(await connection.client.get(redisKey(one))).toBe(
      '{"value":"{points, plural, one {# point} other {# points}}","version":3,"at":7388000000000007}',
    );
    expect(await connection.client.ttl(redisKey(one))).toBe(86_400);
  });

  test('are read several languages at once: one that is there, one that is known not to be, one nothing is known of', async () => {
    const { key } = text();
    await cache.putIfNewer([text({ key, locale: 'he' }), text({ key, locale: 'ar', value: null })]);
    expect(await cache.read(key, ['he', 'ar', 'fr'])).toEqual(
      new Map([
        ['he', value],
        ['ar', null],
      ]),
    );
    expect(await cache.read(key, [])).toEqual(new Map());
  });

  test('are never replaced by what knows less, in whatever order writers come', async () => {
    const one = text();
    await cache.putIfNewer([{ ...one, value: 'newer {points}', at: one.at + 1 }]);
    await cache.putIfNewer([one]);
    expect(await held(one)).toBe('newer {points}');
    await cache.putIfNewer([{ ...one, value: null, at: one.at + 2 }]);
    await cache.putIfNewer([{ ...one, value: 'newer {points}', at: one.at + 1 }]);
    expect(await held(one)).toBeNull();
    await cache.putIfNewer([{ ...one, value: 'put back {points}', at: one.at + 3 }]);
    expect(await held(one)).toBe('put back {points}');
  });

  test('live for 24 hours again when they are written again', async () => {
    const one = text();
    await cache.putIfNewer([one]);
    await connection.client.expire(redisKey(one), 10);
    await cache.putIfNewer([one]);
    expect(await connection.client.ttl(redisKey(one))).toBe(86_400);
  });

  test.each(['no JSON', '{"value":7}', '[]', 'null', '{"at":"x"}'])(
    'replace %j, which is not ours',
    async (foreign) => {
      const one = text();
      await connection.client.set(redisKey(one), foreign, 'EX', 60);
      expect(await held(one)).toBeUndefined();
      await cache.putIfNewer([one]);
      expect(await held(one)).toBe(value);
    },
  );

  test('go in by the thousand', async () => {
    const { key } = text();
    const many = Array.from({ length: 1_200 }, (_, n) => text({ key, locale: `x${n}` }));
    await cache.putIfNewer(many);
    expect(
      (
        await cache.read(
          key,
          many.map(({ locale }) => locale),
        )
      ).size,
    ).toBe(1_200);
  });
});

describe('the mirror of texts', () => {
  const mirrorTo = (to: Pick<TextCache, 'putIfNewer'>, refreshMs?: number) => {
    const mirror = createTextMirror({
      ...{ cache: to, logger: silentLogger, firstBackOffMs: 20 },
      ...(refreshMs === undefined ? {} : { refreshMs }),
    });
    onTestFinished(() => mirror.close());
    return mirror;
  };

  test('writes what it is told, all that is told together in one go, and the last word of it', async () => {
    const calls: number[] = [];
    const mirror = mirrorTo({
      putIfNewer: (texts) => {
        calls.push(texts.length);
        return cache.putIfNewer(texts);
      },
    });
    const [one, other] = [text(), text()];
    mirror.put(one);
    mirror.put(other);
    mirror.put({ ...one, value: 'last {points}', at: one.at + 1 });
    await until(
      'both are held',
      async () => (await held(one)) === 'last {points}' && (await held(other)) === value,
      5_000,
    );
    expect(calls).toEqual([2]);
  });

  test('brings back what Redis has lost', async () => {
    const mirror = mirrorTo(cache, 50);
    const one = text();
    mirror.put(one);
    await until('it is held', async () => (await held(one)) === value, 5_000);
    await connection.client.del(redisKey(one));
    await until('it is held again', async () => (await held(one)) === value, 5_000);
  });

  test('does not tell again and again that there is none', async () => {
    const mirror = mirrorTo(cache, 50);
    const [one, other] = [text(), text()];
    mirror.put({ ...one, value: null });
    mirror.put(other);
    await until('it is known', async () => (await held(one)) === null, 5_000);
    await connection.client.del(redisKey(one), redisKey(other));
    await until('the other is held again', async () => (await held(other)) === value, 5_000);
    expect(await held(one)).toBeUndefined();
  });

  test('writes what changed while Redis was away, once it is back', async () => {
    const door = await tcpDoor(Number(new URL(sharedServers().redis.cache).port), onTestFinished);
    const through = await redisConnection(`127.0.0.1:${door.port}`, onTestFinished);
    const mirror = mirrorTo(createTextCache({ connection: through }));
    await door.close();
    const one = text();
    mirror.put(one);
    await expect(createTextCache({ connection: through }).putIfNewer([one])).rejects.toThrow(
      DependencyUnavailableError,
    );
    mirror.put({ ...one, value: 'changed {points}', at: one.at + 1 });
    await door.open();
    await until('it is held', async () => (await held(one)) === 'changed {points}', 10_000);
  });
});
