/** Lets a call begin when its turn comes. */
export type InFlightLimit = <Value>(call: () => Promise<Value>) => Promise<Value>;

/**
 * So many calls at once, the others in the order they came. A call that fails makes room like one that succeeds.
 * @example const limit = limitInFlight(32); await Promise.all(ids.map((id) => limit(() => read(id))))
 */
export function limitInFlight(most: number): InFlightLimit {
  const waiting: (() => void)[] = [];
  let underWay = 0;

  const turn = async (): Promise<void> => {
    if (underWay < most) {
      underWay += 1;
      return;
    }
    // Whoever ends hands its place over, so that nobody who comes in between takes it.
    const { promise, resolve } = Promise.withResolvers<null>();
    waiting.push(() => {
      resolve(null);
    });
    await promise;
  };

  return async (call) => {
    await turn();
    try {
      return await call();
    } finally {
      const next = waiting.shift();
      if (next === undefined) underWay -= 1;
      else next();
    }
  };
}
