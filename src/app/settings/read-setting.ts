import type { Setting } from './setting.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Reads a file that holds a secret. @throws when it cannot */
export type ReadSecret = (path: string) => string;

/** Where a value comes from. */
export type Source =
  | { readonly from: 'environment' | 'file' | 'another'; readonly variable: string }
  | { readonly from: 'default' }
  | { readonly from: 'nowhere' };

/** What one setting is: its text as it was found, and either a value or what is wrong. */
export interface Reading {
  readonly source: Source;
  readonly text?: string;
  readonly value?: unknown;
  /** A sentence that begins with the variable's name and never quotes what it holds. */
  readonly fault?: string;
}

/** A variable that holds nothing counts as not set: that is how compose files leave one out. */
export const textOf = (env: Environment, variable: string): string | undefined => {
  const text = env[variable]?.trim();
  return text === '' ? undefined : text;
};

type Found = Pick<Reading, 'source' | 'text' | 'fault'>;

const fromFile = (env: Environment, { name }: Setting, readSecret: ReadSecret): Found | undefined => {
  const variable = `${name}_FILE`;
  const path = textOf(env, variable);
  if (path === undefined) return undefined;
  const source = { from: 'file', variable } as const;
  if (textOf(env, name) !== undefined) return { source, fault: `${name} and ${variable} are both set: leave one out` };
  try {
    const text = readSecret(path).trim();
    return text === '' ? { source, fault: `${variable} names an empty file` } : { source, text };
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
    return { source, fault: `${variable} names a file that cannot be read (${code})` };
  }
};

const fromVariable = (env: Environment, variable: string, from: 'environment' | 'another'): Found | undefined => {
  const text = textOf(env, variable);
  return text === undefined ? undefined : { source: { from, variable }, text };
};

const find = (env: Environment, one: Setting, readSecret: ReadSecret): Found => {
  const { secret, fallsBackTo, fallback } = one;
  const own = (secret && fromFile(env, one, readSecret)) ?? fromVariable(env, one.name, 'environment');
  if (own !== undefined) return own;
  if (fallsBackTo !== undefined) {
    const other: Setting = { ...one, name: fallsBackTo };
    // What is wrong with the other one is told of that one.
    const { fault: _fault, ...found } = (secret && fromFile(env, other, readSecret)) ?? {
      ...(fromVariable(env, fallsBackTo, 'another') ?? { source: { from: 'nowhere' } as const }),
    };
    return found.source.from === 'nowhere' ? found : { ...found, source: { from: 'another', variable: fallsBackTo } };
  }
  return fallback === undefined ? { source: { from: 'nowhere' } } : { source: { from: 'default' }, text: fallback };
};

/** Whether somebody has set it, in whichever way. */
export const isSet = (env: Environment, { name, secret }: Setting): boolean =>
  textOf(env, name) !== undefined || (secret !== undefined && textOf(env, `${name}_FILE`) !== undefined);

/** Finds a setting's text and reads it. */
export const readSetting = (env: Environment, one: Setting, readSecret: ReadSecret): Reading => {
  const found = find(env, one, readSecret);
  if (found.fault !== undefined) return found;
  if (found.text === undefined) {
    // What it would fall back to is demanded by itself, and is told once.
    const isMissing = one.optional !== true && one.fallsBackTo === undefined;
    return isMissing ? { ...found, fault: `${one.name} is not set (${one.about})` } : found;
  }
  const parsed = one.shape.safeParse(found.text);
  if (parsed.success) return { ...found, value: parsed.data };
  if (found.source.from === 'another') return found;
  return { ...found, fault: `${one.name} ${parsed.error.issues[0]?.message ?? ''}` };
};
