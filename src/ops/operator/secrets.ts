import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';

export interface SecretSources {
  /** Paths; `-` is stdin. */
  readonly files?: readonly string[] | undefined;
  /** Names of environment variables. */
  readonly variables?: readonly string[] | undefined;
}

/** A secret, or what is wrong with where it should be; a fault names the place and nothing of what is there. */
type Read = { readonly secret: string } | { readonly fault: string };

const longestSecret = 1_000;

const secretOf = (place: string, content: string): Read => {
  const secret = content.trim();
  if (secret === '') return { fault: `${place} holds no secret` };
  if (!/^\S+$/u.test(secret) || secret.length > longestSecret)
    return { fault: `${place} must hold one secret, in one line` };
  return { secret };
};

const fromFile = async (file: string): Promise<Read> => {
  const place = file === '-' ? 'stdin' : `the file ${file}`;
  try {
    return secretOf(place, file === '-' ? await text(process.stdin) : await readFile(file, 'utf8'));
  } catch {
    // Why it cannot be read does not matter to who has to name another.
    return { fault: `${place} cannot be read` };
  }
};

const fromVariable = (name: string): Read => secretOf(`the variable ${name}`, process.env[name] ?? '');

/** Reads secrets from where no other process sees them; every fault of every place is told. */
export const readSecrets = async ({
  files = [],
  variables = [],
}: SecretSources): Promise<{ readonly secrets: readonly string[]; readonly faults: readonly string[] }> => {
  const read = [...(await Promise.all(files.map(fromFile))), ...variables.map(fromVariable)];
  return {
    secrets: read.flatMap((one) => ('secret' in one ? [one.secret] : [])),
    faults: read.flatMap((one) => ('fault' in one ? [one.fault] : [])),
  };
};
