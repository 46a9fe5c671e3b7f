import type { Random } from '../support/random.ts';
import type { AnswerFate, AnswerFault } from './answer-faults.ts';
import { apiOf } from './frames.ts';

export interface BrokerFault {
  readonly what: 'terminated' | 'killed' | 'frozen';
  /** From 0. */
  readonly broker: number;
  /** How long it is away. */
  readonly forMs: number;
}

export interface WorkerFault {
  /** `rolled`: every worker is asked to end and started again, one after the other. */
  readonly what: 'killed' | 'frozen' | 'rolled';
  /** From 0; of no meaning where all are rolled. */
  readonly worker: number;
  readonly forMs: number;
}

export type Fault =
  | ({ readonly kind: 'broker' } & BrokerFault)
  | ({ readonly kind: 'worker' } & WorkerFault)
  | ({ readonly kind: 'answer' } & AnswerFault);

/** A fault, and how long things are left in peace before it. */
export interface Planned {
  readonly pauseMs: number;
  readonly fault: Fault;
}

/** Faults that follow one another; tracks go on side by side. A round has every kind of its track at least once. */
export interface Track {
  readonly name: Fault['kind'];
  /** Without end. */
  readonly rounds: () => Generator<readonly Planned[], never>;
}

export interface ScheduleOptions {
  readonly seed: number;
  readonly brokers: number;
  readonly workers: number;
  /** A frozen worker stays so for longer. */
  readonly transactionTimeoutMs: number;
}

/** What a fault is counted as. */
export const nameOf = (fault: Fault): string => {
  switch (fault.kind) {
    case 'broker':
      return `broker ${fault.what}`;
    case 'worker':
      return fault.what === 'rolled' ? 'workers rolled' : `worker ${fault.what}`;
    case 'answer':
      return `${fault.api} answer ${fault.fate}`;
  }
};

const fates: readonly AnswerFate[] = ['cut', 'swallowed', 'late'];

/** Every kind there is; a run has each at least once. */
export const allNames: readonly string[] = [
  ...['terminated', 'killed', 'frozen'].map((what) => `broker ${what}`),
  ...['worker killed', 'worker frozen', 'workers rolled'],
  ...[...apiOf.values()].flatMap((api) => fates.map((fate) => `${api} answer ${fate}`)),
];

const shuffled = <Item>(random: Random, items: readonly Item[]): readonly Item[] =>
  items
    .map((item) => ({ item, place: random.next() }))
    .sort((one, other) => one.place - other.place)
    .map(({ item }) => item);

const indexes = (count: number): readonly number[] => Array.from({ length: count }, (_, index) => index);

/** Three tracks, each with random numbers of its own, so that one does not depend on how far another has come. */
export const schedule = (options: ScheduleOptions, seededRandom: (seed: number) => Random): readonly Track[] => {
  const { seed, workers, transactionTimeoutMs } = options;
  const planned = (random: Random, fault: Fault, least: number, most: number): Planned => ({
    pauseMs: random.between(least, most),
    fault,
  });
  return [
    {
      name: 'broker',
      *rounds() {
        const random = seededRandom(seed);
        for (;;) {
          const turn = shuffled(random, indexes(options.brokers));
          const whats = shuffled(random, ['terminated', 'killed', 'frozen'] as const);
          yield whats.map((what, index) => {
            // A broker that says nothing is taken for dead after 9 s: one that comes back sooner is another fault.
            const forMs = what === 'terminated' ? random.between(0, 4_000) : random.between(6_000, 13_000);
            return planned(
              random,
              { kind: 'broker', what, broker: turn[index % turn.length] ?? 0, forMs },
              2_000,
              6_000,
            );
          });
        }
      },
    },
    {
      name: 'worker',
      *rounds() {
        const random = seededRandom(seed + 1);
        for (;;) {
          yield shuffled(random, ['killed', 'killed', 'frozen', 'rolled'] as const).map((what) => {
            const worker = random.between(0, workers - 1);
            const forMs =
              what === 'frozen'
                ? random.between(transactionTimeoutMs + 1_000, transactionTimeoutMs * 2)
                : random.between(0, 2_000);
            return planned(random, { kind: 'worker', what, worker, forMs }, 1_000, 5_000);
          });
        }
      },
    },
    {
      name: 'answer',
      *rounds() {
        const random = seededRandom(seed + 2);
        const pairs = [...apiOf.values()].flatMap((api) => fates.map((fate) => ({ api, fate })));
        for (;;) {
          yield shuffled(random, pairs).map(({ api, fate }) => {
            const lateMs = random.between(200, transactionTimeoutMs + 2_000);
            return planned(random, { kind: 'answer', api, fate, lateMs }, 500, 4_000);
          });
        }
      },
    },
  ];
};
