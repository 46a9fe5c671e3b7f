import { common, servers } from './groups.ts';
import { needs, type RoleName, uses } from './roles.ts';
import type { Setting } from './setting.ts';

/** One row for each setting, for `--help`, the docs and `points config`. */
export interface SettingRow {
  readonly name: string;
  readonly about: string;
  /** As it would be written; empty where there is none. */
  readonly fallback: string;
  /** Roles that need it. */
  readonly roles: readonly RoleName[];
  /** Roles that can do without. */
  readonly usedBy: readonly RoleName[];
  readonly isOptional: boolean;
  /** Hidden when shown, and may come from a file. */
  readonly isSecret: boolean;
}

const everyRole = Object.keys(needs) as readonly RoleName[];

const fallbackOf = ({ fallback = '', fallsBackTo }: Setting): string =>
  fallback || (fallsBackTo === undefined ? '' : `= ${fallsBackTo}`);

const rowOf = (one: Setting, roles: readonly RoleName[], usedBy: readonly RoleName[] = []): SettingRow => ({
  ...{ name: one.name, about: one.about, roles, usedBy, fallback: fallbackOf(one) },
  ...{ isOptional: one.optional ?? false, isSecret: one.secret !== undefined },
});

const rolesWith = (keys: Readonly<Record<RoleName, readonly string[]>>, key: string): readonly RoleName[] =>
  everyRole.filter((role) => keys[role].includes(key));

/** Every setting there is, in the order in which they are told. */
export const describeSettings = (): readonly SettingRow[] => [
  ...Object.entries(servers).map(([key, one]) => rowOf(one, rolesWith(needs, key), rolesWith(uses, key))),
  ...Object.values(common).map((one) => rowOf(one, everyRole)),
];
