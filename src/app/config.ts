import type { z } from 'zod';
import { ConfigError } from '../common/errors.ts';
import { common, needs, type RoleName, servers, type Setting, type Settings, uses } from './settings.ts';

export type { RoleName };

type ValuesOf<Group extends Settings> = { readonly [Key in keyof Group]: z.output<Group[Key]['shape']> };

/**
 * The settings of roles that run together. It has the servers that these roles need, those that they can do without where
 * they are set, and no others: a role that reads one it does not demand does not compile. Ports are numbers, addresses
 * `host:port`, the rest URLs.
 */
export type Config<Role extends RoleName = RoleName> = ValuesOf<typeof common> &
  Pick<ValuesOf<typeof servers>, (typeof needs)[Role][number]> &
  Partial<Pick<ValuesOf<typeof servers>, (typeof uses)[Role][number]>>;

export type Environment = Readonly<Record<string, string | undefined>>;

const textOf = (env: Environment, variable: string): string | undefined => {
  const text = env[variable]?.trim();
  return text === '' ? undefined : text;
};

function read(env: Environment, one: Setting<z.ZodType>, faults: string[]): unknown {
  const variables = [one.name, ...(one.fallsBackTo === undefined ? [] : [one.fallsBackTo])];
  const variable = variables.find((candidate) => textOf(env, candidate) !== undefined);
  const text = variable === undefined ? one.fallback : textOf(env, variable);
  if (text === undefined) {
    // What it would fall back to is demanded by itself, and is told once.
    if (one.fallsBackTo === undefined) faults.push(`${one.name} is not set (${one.about})`);
    return undefined;
  }
  const parsed = one.shape.safeParse(text);
  if (parsed.success) return parsed.data;
  if (variable === undefined || variable === one.name)
    faults.push(`${one.name} ${parsed.error.issues[0]?.message ?? ''}`);
  return undefined;
}

const everyRole = Object.keys(needs) as readonly RoleName[];

/**
 * The settings of the given roles (all of them by default), checked.
 * @throws ConfigError that lists every fault, so that one start finds them all; it never quotes a value
 * @example loadConfig(process.env, ['ingress', 'processor'])
 */
export function loadConfig<Role extends RoleName = RoleName>(
  env: Environment,
  roles: readonly Role[] = everyRole as readonly Role[],
): Config<Role> {
  const needed = new Set<string>(roles.flatMap((role) => needs[role]));
  const used = new Set<string>(roles.flatMap((role) => uses[role]));
  const isWanted = ([key, one]: [string, Setting<z.ZodType>]): boolean =>
    needed.has(key) || (used.has(key) && textOf(env, one.name) !== undefined);
  const wanted = [...Object.entries(servers).filter(isWanted), ...Object.entries(common)];
  const faults: string[] = [];
  const values = wanted.map(([key, one]) => [key, read(env, one, faults)] as const);
  if (faults.length > 0) throw new ConfigError(faults);
  return Object.fromEntries(values) as unknown as Config<Role>;
}
