import { z } from 'zod';

/** Reads the text of an environment variable. */
export type FromText<Value> = z.ZodType<Value, string>;

/**
 * How one setting is read from its text. The message of a fault follows the setting's name: "must be …". Texts that may
 * hold a password are never quoted.
 */
export const wholeNumber = (from: number, to: number): FromText<number> =>
  z
    .string()
    .regex(/^\d{1,9}$/, `must be a whole number of ${from}-${to}`)
    .transform(Number)
    .refine((value) => value >= from && value <= to, `must be a whole number of ${from}-${to}`);

const hostAndPort = /^(\[[0-9a-f:.]+\]|[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?)(?::(\d{1,5}))?$/i;

/** host:port, the port added where it is missing; undefined for what is neither. */
function withPort(address: string, defaultPort: number): string | undefined {
  const [, host, port] = hostAndPort.exec(address) ?? [];
  if (host === undefined || Number(port ?? defaultPort) > 65_535) return undefined;
  return `${host}:${port ?? defaultPort}`;
}

const split = (text: string): string[] => text.split(',').map((part) => part.trim());

/** `host[:port]`, or several with commas between them; always answers `host:port`. */
export const addresses = (defaultPort: number): FromText<readonly string[]> =>
  z
    .string()
    .transform((text) => split(text).map((address) => withPort(address, defaultPort)))
    .refine((list) => !list.includes(undefined), 'must be host:port, or several with commas between them')
    .transform((list) => list.filter((address) => address !== undefined));

/** One `host[:port]`; always answers `host:port`. */
export const address = (defaultPort: number): FromText<string> =>
  z
    .string()
    .transform((text) => withPort(text.trim(), defaultPort))
    .refine((found) => found !== undefined, 'must be host:port');

const isUrlOf = (text: string, schemes: readonly string[]): boolean => {
  const scheme = /^([a-z][a-z0-9+]*):\/\/\S+$/i.exec(text)?.[1]?.toLowerCase();
  return scheme !== undefined && schemes.includes(scheme);
};

/** A URL of one of the schemes, or `host[:port]` (several with commas), which becomes a URL of the first scheme. */
export const serverUrl = (schemes: readonly [string, ...string[]], defaultPort: number): FromText<string> => {
  const message = `must be host:port or a ${schemes.map((scheme) => `${scheme}://`).join(' or ')} URL`;
  return z
    .string()
    .transform((text) => {
      if (isUrlOf(text.trim(), schemes)) return text.trim();
      const hosts = split(text).map((host) => withPort(host, defaultPort));
      return hosts.includes(undefined) ? undefined : `${schemes[0]}://${hosts.join(',')}`;
    })
    .refine((url) => url !== undefined, message);
};

/** An http(s) URL without a slash at its end. */
export const httpUrl: FromText<string> = z
  .string()
  .refine((text) => isUrlOf(text, ['http', 'https']) && URL.canParse(text), 'must be an http:// or https:// URL')
  .transform((text) => text.replace(/\/+$/, ''));

/** A path, or an http(s) URL. */
export const checkAddress: FromText<string> = z
  .string()
  .refine(
    (text) => /^\/[\x21-\x7e]*$/.test(text) || (isUrlOf(text, ['http', 'https']) && URL.canParse(text)),
    'must be a path that begins with / or an http:// or https:// URL',
  );

export const oneOf = (names: readonly string[]): FromText<string> =>
  z.string().refine((text) => names.includes(text), `must be one of ${names.join(', ')}`);

export const matching = (shape: RegExp, what: string): FromText<string> => z.string().regex(shape, `must be ${what}`);

export const port = wholeNumber(0, 65_535);

export const host = matching(/^[A-Za-z0-9.:_-]{1,253}$/, 'an address or a host name');

/** What names something of ours in other systems. */
export const name = (longest: number): FromText<string> =>
  matching(
    new RegExp(`^[A-Za-z0-9][A-Za-z0-9._-]{0,${longest - 1}}$`),
    'letters, digits, dots, hyphens or underscores',
  );

export const filePath = matching(/^[^\0]{1,4096}$/, 'the path of a file');
