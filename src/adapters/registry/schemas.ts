import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import avro, { type Schema, type Type } from 'avsc';
import type { AvroRecords } from '../../contracts/index.ts';

/** The project's own definitions. */
const avroFolder = join(import.meta.dirname, '..', '..', '..', 'avro');

export interface RecordSchema {
  readonly type: 'record';
  readonly name: string;
  readonly namespace: string;
  readonly fields: readonly { readonly name: string; readonly type: unknown }[];
}

const primitives = new Set(['null', 'boolean', 'int', 'long', 'float', 'double', 'bytes', 'string']);

/**
 * A record's schema as one text that stands by itself: records of other files that it names are put in where they are
 * first used, as the registry and readers in other languages want it.
 * @param folder of the .avsc files
 */
export function standaloneSchema(name: keyof AvroRecords, folder = avroFolder): RecordSchema {
  const read = (file: string): RecordSchema =>
    JSON.parse(readFileSync(join(folder, `${file}.avsc`), 'utf8')) as RecordSchema;
  const defined = new Set<string>();
  const inline = (type: unknown): unknown => {
    if (Array.isArray(type)) return type.map(inline);
    if (typeof type === 'string') {
      if (primitives.has(type) || defined.has(type)) return type;
      return record(read(type));
    }
    if (isObject(type) && type['type'] === 'array') return { ...type, items: inline(type['items']) };
    if (isObject(type) && typeof type['name'] === 'string') defined.add(type['name']);
    return type;
  };
  const record = (schema: RecordSchema): RecordSchema => {
    defined.add(schema.name);
    return { ...schema, fields: schema.fields.map((field) => ({ ...field, type: inline(field.type) })) };
  };
  return record(read(name));
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;

/**
 * A union of records is read as `{ 'points.OrderCreated': … }`, also while it has only one branch: avsc would leave the
 * name out until a second branch comes, and every reader would break on that day.
 */
export const wrapRecordUnions = (schema: Schema, options: object): Type | undefined => {
  if (!Array.isArray(schema)) return undefined;
  const branches = schema as readonly unknown[];
  const isOfRecords = branches.every((branch) =>
    typeof branch === 'string'
      ? !primitives.has(branch)
      : avro.Type.isType(branch, 'record') || (isObject(branch) && branch['type'] === 'record'),
  );
  return isOfRecords ? new avro.types.WrappedUnionType(schema, options) : undefined;
};

export const typeOf = (schema: unknown): Type => avro.Type.forSchema(schema as Schema, { typeHook: wrapRecordUnions });
