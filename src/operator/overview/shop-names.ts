import { LRUCache } from 'lru-cache';
import type { Accounts } from '../ports.ts';

const remembered = 10_000;

/** Names of shops for the overview, which never waits for them: MongoDB may be just what is away. */
export class ShopNames {
  readonly #shopsOf: Accounts['shopsOf'];
  readonly #known = new LRUCache<string, string>({ max: remembered });
  #isAsking = false;

  constructor(shopsOf: Accounts['shopsOf']) {
    this.#shopsOf = shopsOf;
  }

  /** Those known by now; the others are asked for, and are there soon. */
  of(merchantIds: readonly string[]): ReadonlyMap<string, string> {
    const found = new Map(merchantIds.map((id) => [id, this.#known.get(id)] as const));
    const unknown = merchantIds.filter((id) => found.get(id) === undefined);
    if (unknown.length > 0 && !this.#isAsking) void this.#ask(unknown);
    return new Map([...found].flatMap(([id, name]) => (name === undefined ? [] : [[id, name]])));
  }

  async #ask(merchantIds: readonly string[]): Promise<void> {
    this.#isAsking = true;
    try {
      for (const [id, name] of await this.#shopsOf(merchantIds)) this.#known.set(id, name);
    } catch {
      // Merchants are told by their ids meanwhile, and asked for again with the next overview.
    }
    this.#isAsking = false;
  }
}
