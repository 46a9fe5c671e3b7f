import { createRequire } from 'node:module';
import { afterEach, describe, expect, it, vi } from 'vitest';

const require = createRequire(import.meta.url);
const filter = require.resolve('kafkajs/src/consumer/filterAbortedMessages');
const filterOf = (): unknown => require(filter);
const load = () => import('../../../src/adapters/kafka/kafkajs.ts');

/** As in a process that has not loaded kafkajs yet. */
const forget = (): void => {
  vi.resetModules();
  for (const file of Object.keys(require.cache)) {
    // eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- the cache is no Map
    if (file.includes('/kafkajs/')) delete require.cache[file];
  }
};

describe('kafkajs as the adapter loads it', () => {
  afterEach(forget);

  it('has the corrected filter, also where somebody has loaded kafkajs before', async () => {
    forget();
    const stock = { kafkajs: require('kafkajs') as unknown, filter: filterOf() };
    // It asserts by itself that consumers are made with it.
    const { kafkajs } = await load();
    expect(kafkajs).not.toBe(stock.kafkajs);
    expect(filterOf()).not.toBe(stock.filter);
    expect(require('kafkajs')).toBe(kafkajs);
  });

  it('is refused in another version than the one that was looked at', async () => {
    forget();
    const { version } = require('kafkajs/package.json') as { version: string };
    (require('kafkajs/package.json') as { version: string }).version = '2.3.0';
    await expect(load()).rejects.toMatchObject({ code: 'UNSUPPORTED_CLIENT', facts: { version: '2.3.0' } });
    (require('kafkajs/package.json') as { version: string }).version = version;
  });

  it('is refused where consumers do not use what was replaced', async () => {
    forget();
    const batch = require.resolve('kafkajs/src/consumer/batch');
    const Stock = require(batch) as new (...data: unknown[]) => { messages: unknown };
    // Nothing shows that it uses the filter, so nobody knows that it must be loaded again.
    require.cache[batch]!.children = [];
    expect(Stock).toBeTypeOf('function');
    await expect(load()).rejects.toMatchObject({ code: 'UNSUPPORTED_CLIENT' });
  });

  it('is refused where it joins groups in another way', async () => {
    forget();
    const file = require.resolve('kafkajs/src/consumer/consumerGroup');
    require(file);
    const module = require.cache[file]!;
    module.exports = class {
      readonly memberId = null;
    };
    // Otherwise it is loaded again, with what was corrected before.
    module.children = [];
    await expect(load()).rejects.toMatchObject({
      ...{ code: 'UNSUPPORTED_CLIENT', message: 'kafkajs joins its groups in another way' },
    });
  });

  it('is refused where consumers do not take the part in their group that was replaced', async () => {
    forget();
    require('kafkajs');
    // Nothing shows who uses it, so nobody knows what must be loaded again.
    for (const module of Object.values(require.cache)) {
      const isGroup = ({ filename }: NodeJS.Module) => filename.endsWith('/consumer/consumerGroup.js');
      if (module?.children.some(isGroup)) module.children = module.children.filter((child) => !isGroup(child));
    }
    await expect(load()).rejects.toMatchObject({
      ...{ code: 'UNSUPPORTED_CLIENT', message: 'kafkajs does not take the corrected consumer group' },
    });
  });
});
