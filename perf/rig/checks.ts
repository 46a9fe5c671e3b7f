/** What a part looked at after it measured: a number that came of a wrong run is no result. */
export interface Check {
  readonly part: string;
  readonly what: string;
  readonly expected: number | string;
  readonly found: number | string;
}

/** Collects the checks of a run. */
export class Checks {
  readonly all: Check[] = [];

  equal(part: string, what: string, found: number | string, expected: number | string): void {
    this.all.push({ part, what, expected, found });
  }

  failed(): readonly Check[] {
    return this.all.filter(({ expected, found }) => expected !== found);
  }
}
