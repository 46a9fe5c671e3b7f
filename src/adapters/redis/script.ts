import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { RedisConnection } from './client.ts';
import { type PipelineReply, sendPipeline } from './pipeline.ts';

/** A Lua script that stands in a file of its own; run with one key a call. */
export interface RedisScript {
  readonly source: string;
  readonly sha: string;
}

export interface ScriptCall {
  readonly key: string;
  readonly args: readonly (string | number)[];
}

/** Reads a script from a file, when its module is loaded. */
export const loadScript = (file: URL): RedisScript => {
  const source = readFileSync(file, 'utf8');
  return { source, sha: createHash('sha1').update(source).digest('hex') };
};

const isUnknownScript = ({ error }: PipelineReply): boolean => error?.message.startsWith('NOSCRIPT') ?? false;

const run = (
  connection: RedisConnection,
  { source, sha }: RedisScript,
  calls: readonly ScriptCall[],
  withSource: boolean,
): Promise<readonly PipelineReply[]> =>
  sendPipeline(connection, (pipeline) => {
    for (const [index, { key, args }] of calls.entries()) {
      // The first call brings the source, and the others behind it find it.
      if (withSource && index === 0) pipeline.eval(source, 1, key, ...args);
      else pipeline.evalsha(sha, 1, key, ...args);
    }
  });

/**
 * Runs a script once for each call, all in one round trip; a second one where the server has lost the script, so calls
 * must be safe to repeat.
 * @returns the replies in the order of the calls
 */
export const runScript = async (
  connection: RedisConnection,
  script: RedisScript,
  calls: readonly ScriptCall[],
): Promise<readonly PipelineReply[]> => {
  const replies = await run(connection, script, calls, false);
  return replies.some(isUnknownScript) ? run(connection, script, calls, true) : replies;
};
