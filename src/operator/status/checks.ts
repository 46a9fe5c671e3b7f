import type { CheckShown } from './instance-status.ts';

/** What a check of a part's readiness found, as /ready tells it. */
export interface CheckFound {
  readonly ok: boolean;
  readonly reason?: string;
  readonly optional?: boolean;
  readonly facts?: Readonly<Record<string, number>>;
}

/** Remembers since when each check has been as it is: the reason may change meanwhile. */
export class CheckTimes {
  readonly #since = new Map<string, { readonly ok: boolean; readonly at: number }>();

  shown(checks: Readonly<Record<string, CheckFound>>, now: number): CheckShown[] {
    return Object.entries(checks).map(([name, { ok, reason = null, optional = false, facts = {} }]) => {
      const before = this.#since.get(name);
      const since = before?.ok === ok ? before : { ok, at: now };
      this.#since.set(name, since);
      return { name, ok, reason, optional, since: since.at, facts: { ...facts } };
    });
  }
}
