import { toError } from '../../common/errors.ts';

/** What has been started, in the order in which it was, to be stopped the other way round. */
export interface Closers {
  /** @param what as a person reads it: `service`; null where nobody needs to hear of it */
  add(what: string | null, close: () => Promise<void> | void): void;
  /** Stops everything that was added since the last call, newest first; one that fails does not keep the others up. */
  closeAll(told: (line: string) => void): Promise<void>;
}

export const createClosers = (): Closers => {
  const closers: { readonly what: string | null; readonly close: () => Promise<void> | void }[] = [];
  return {
    add: (what, close) => void closers.push({ what, close }),
    closeAll: async (told) => {
      for (let next = closers.pop(); next !== undefined; next = closers.pop()) {
        try {
          await next.close();
          if (next.what !== null) told(`${next.what}: stopped`);
        } catch (thrown) {
          told(`${next.what ?? 'something'}: could not be stopped: ${toError(thrown).message}`);
        }
      }
    },
  };
};
