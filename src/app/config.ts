import { readFileSync } from 'node:fs';
import { ConfigError } from '../common/errors.ts';
import {
  common,
  type Environment,
  isSet,
  needs,
  type Reading,
  type ReadSecret,
  readSetting,
  type RoleName,
  rules,
  servers,
  type Setting,
  uses,
  type ValuesOf,
} from './settings/index.ts';

export type { Environment, RoleName };

/**
 * The settings of roles that run together. It has the servers that these roles need, those that they can do without where
 * they are set, and no others: a role that reads one it does not demand does not compile. Ports are numbers, addresses
 * `host:port`, the rest URLs.
 */
export type Config<Role extends RoleName = RoleName> = ValuesOf<typeof common> &
  Pick<ValuesOf<typeof servers>, (typeof needs)[Role][number]> &
  Partial<Pick<ValuesOf<typeof servers>, (typeof uses)[Role][number]>>;

/** One setting that the roles have, as it was found. */
export interface ReadEntry {
  readonly key: string;
  readonly setting: Setting;
  readonly reading: Reading;
}

export interface ReadConfig {
  readonly entries: readonly ReadEntry[];
  /** Everything that is wrong, each setting alone and all together. */
  readonly faults: readonly string[];
}

export const everyRole = Object.keys(needs) as readonly RoleName[];

const readText: ReadSecret = (path) => readFileSync(path, 'utf8');

/** Reads every setting of the roles, right or wrong. */
export function readConfig(
  env: Environment,
  roles: readonly RoleName[] = everyRole,
  readSecret: ReadSecret = readText,
): ReadConfig {
  const needed = new Set<string>(roles.flatMap((role) => needs[role]));
  const used = new Set<string>(roles.flatMap((role) => uses[role]));
  const isWanted = ([key, one]: [string, Setting]): boolean => needed.has(key) || (used.has(key) && isSet(env, one));
  const wanted: [string, Setting][] = [...Object.entries(servers).filter(isWanted), ...Object.entries(common)];
  const entries = wanted.map(([key, one]) => ({ key, setting: one, reading: readSetting(env, one, readSecret) }));
  const values = Object.fromEntries(entries.map(({ key, reading }) => [key, reading.value]));
  const alone = entries.flatMap(({ reading }) => (reading.fault === undefined ? [] : [reading.fault]));
  return { entries, faults: [...alone, ...rules.flatMap((rule) => rule(values))] };
}

/**
 * The settings of the given roles (all of them by default), checked.
 * @throws ConfigError that lists every fault, so that one start finds them all; it never quotes a value
 * @example loadConfig(process.env, ['ingress', 'processor'])
 */
export function loadConfig<Role extends RoleName = RoleName>(
  env: Environment,
  roles: readonly Role[] = everyRole as readonly Role[],
): Config<Role> {
  const { entries, faults } = readConfig(env, roles);
  if (faults.length > 0) throw new ConfigError(faults);
  return Object.fromEntries(entries.map(({ key, reading }) => [key, reading.value])) as unknown as Config<Role>;
}
