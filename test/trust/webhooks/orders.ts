import { readdirSync, readFileSync } from 'node:fs';

/** The least that orders/create takes: USD 25.00, with changes to it. */
export const orderOf = (id: number, customer: number, changes: object = {}): Buffer =>
  Buffer.from(
    JSON.stringify({
      ...{ id, created_at: '2026-01-14T12:20:31Z', currency: 'USD', subtotal_price: '25.00' },
      customer: { id: customer },
      ...changes,
    }),
  );

/** A body of test/fixtures, and the topic it is one of. */
export interface Fixture {
  readonly topic: string;
  readonly name: string;
  readonly body: Buffer;
}

const topicOf = (folder: string, name: string): string => {
  if (folder === 'orders') return name === 'cancelled' ? 'orders/cancelled' : 'orders/create';
  if (folder === 'refunds') return 'refunds/create';
  return name.split('-').slice(0, 2).join('/');
};

/** All of them. */
export const fixtures = (): readonly Fixture[] =>
  ['orders', 'refunds', 'compliance'].flatMap((folder) => {
    const url = new URL(`../../fixtures/${folder}/`, import.meta.url);
    return readdirSync(url).map((file) => {
      const name = file.replace('.json', '');
      return { topic: topicOf(folder, name), name: `${folder}/${name}`, body: readFileSync(new URL(file, url)) };
    });
  });
