import { DependencyUnavailableError } from '../common/errors.ts';
import { type Check, failed, passed } from './health.ts';

/** Something a role needs that is there only once a server has answered for the first time. */
export interface Late<Value> {
  set(value: Value): void;
  /** @throws DependencyUnavailableError until it is there: callers answer "try again" meanwhile */
  get(): Value;
  /** Undefined until it is there, for callers that can do without. */
  peek(): Value | undefined;
  /** A readiness check: fails until it is there, then asks it. */
  check(ask: (value: Value) => Promise<unknown>): () => Promise<Check>;
}

/** @param dependency what is waited for, as messages name it, for example `MongoDB` */
export function late<Value extends object>(dependency: string): Late<Value> {
  let held: Value | undefined;
  return {
    set: (value) => {
      held = value;
    },
    get: () => {
      if (held === undefined) throw new DependencyUnavailableError(dependency);
      return held;
    },
    peek: () => held,
    check: (ask) => async () => {
      if (held === undefined) return failed(`${dependency} has not answered yet`);
      await ask(held);
      return passed;
    },
  };
}
