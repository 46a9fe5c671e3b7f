import type { Resolver, Type } from 'avsc';
import { toError } from '../../common/errors.ts';
import { canRead } from './avro-types.ts';
import { schemaDifference } from './schema-difference.ts';
import { widerType } from './wider-type.ts';

/** How values of one writer's schema are read, or why none of them can be. */
export type Reading =
  | {
      readonly type: Type;
      /** undefined where the writer's schema is the type's own. */
      readonly resolver: Resolver | undefined;
      /** Whether the type has more than the reader's, so that a value may have what the reader does not know. */
      readonly isWider: boolean;
    }
  | { readonly fault: string };

export function readingOf(reader: Type, writer: Type): Reading {
  if (canRead(reader, writer)) return { type: reader, resolver: reader.createResolver(writer), isWider: false };
  try {
    const type = widerType(reader, writer);
    return { type, resolver: type.createResolver(writer), isWider: true };
  } catch (error) {
    const [fault = toError(error).message] = schemaDifference(reader, writer);
    return { fault };
  }
}
