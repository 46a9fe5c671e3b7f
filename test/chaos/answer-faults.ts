/** What becomes of an answer: the connection breaks in its place, it is lost alone, or it and all behind it come late. */
export type AnswerFate = 'cut' | 'swallowed' | 'late';

export interface AnswerFault {
  /** As `apiOf` names it. */
  readonly api: string;
  readonly fate: AnswerFate;
  /** How late it comes. */
  readonly lateMs: number;
}

/** An order that waits for its request to pass. */
export interface ArmedFault extends AnswerFault {
  readonly done: () => void;
}

/** Orders for the proxies of all brokers: the next request of the api that passes any of them is the one. */
export interface AnswerFaults {
  /** Resolves when the answer has met its fate: when it is lost, or is held back. */
  arm(fault: AnswerFault): Promise<void>;
  /** For a request that passes: the order for its answer, which is taken off the list. */
  take(api: string): ArmedFault | undefined;
  /** Gives an order back whose answer will never come, because something else broke the connection. */
  putBack(fault: ArmedFault): void;
  /** Requests that have passed, by api. */
  readonly passed: ReadonlyMap<string, number>;
}

export const answerFaults = (): AnswerFaults => {
  const armed = new Set<ArmedFault>();
  const passed = new Map<string, number>();
  return {
    passed,
    arm: (fault) => {
      const { promise, resolve } = Promise.withResolvers<undefined>();
      armed.add({
        ...fault,
        done: () => {
          resolve(undefined);
        },
      });
      return promise.then(() => undefined);
    },
    take: (api) => {
      passed.set(api, (passed.get(api) ?? 0) + 1);
      for (const fault of armed) {
        if (fault.api !== api) continue;
        armed.delete(fault);
        return fault;
      }
      return undefined;
    },
    putBack: (fault) => {
      armed.add(fault);
    },
  };
};
