import type { Door, ShedReason } from '../../src/admission/index.ts';

export interface FakeDoor extends Door {
  /** Keys as they were looked at, came in and left. */
  readonly looked: string[];
  readonly entered: string[];
  readonly left: (readonly [key: string, isTypical: boolean])[];
  /** Keys that are shed: when they are looked at, or only when they come in. */
  readonly sheds: Map<string, { readonly at: 'look' | 'enter'; readonly reason: ShedReason }>;
}

/** A door that does as it is told, and remembers who came by. */
export const createFakeDoor = (): FakeDoor => {
  const looked: string[] = [];
  const entered: string[] = [];
  const left: [string, boolean][] = [];
  const sheds: FakeDoor['sheds'] = new Map();
  const shed = (reason: ShedReason) => ({ shed: reason, retryAfterSeconds: 3 });
  return {
    ...{ looked, entered, left, sheds, limit: 10, delayed: () => undefined },
    look: (key) => {
      looked.push(key);
      const order = sheds.get(key);
      return order?.at === 'look' ? shed(order.reason) : undefined;
    },
    enter: (key) => {
      const order = sheds.get(key);
      if (order !== undefined) return shed(order.reason);
      entered.push(key);
      let isIn = true;
      return {
        leave: (isTypical = true) => {
          if (isIn) left.push([key, isTypical]);
          isIn = false;
        },
      };
    },
    get inFlight() {
      return entered.length - left.length;
    },
  };
};
