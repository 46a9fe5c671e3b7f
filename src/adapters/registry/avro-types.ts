import avro, { type Type, type types } from 'avsc';

// avsc tells its classes apart by `Type.isType` only: these give the compiler what it knows.
export const isRecord = (type: Type): type is types.RecordType => avro.Type.isType(type, 'record');
export const isEnum = (type: Type): type is types.EnumType => avro.Type.isType(type, 'enum');
export const isArray = (type: Type): type is types.ArrayType => avro.Type.isType(type, 'array');
export const isMap = (type: Type): type is types.MapType => avro.Type.isType(type, 'map');

const isUnion = (type: Type): type is types.WrappedUnionType => avro.Type.isType(type, 'union');

/** A union's branches; undefined for any other type. */
export const branchesOf = (type: Type): readonly Type[] | undefined => (isUnion(type) ? type.types : undefined);

export const canRead = (reader: Type, writer: Type): boolean => {
  try {
    reader.createResolver(writer);
    return true;
  } catch {
    return false;
  }
};

/** Which branch would take what was written as `writer`: a named type the one of its name, whatever that looks like now. */
export const branchFor = (branches: readonly Type[], writer: Type): Type | undefined =>
  branches.find(({ name, aliases = [] }) => writer.name !== undefined && [name, ...aliases].includes(writer.name)) ??
  branches.find((branch) => canRead(branch, writer));

/** The field of a writer's record that a reader's field is filled from. */
export const fieldFor = (writer: types.RecordType, { name, aliases }: types.Field): types.Field | undefined =>
  writer.fields.find((field) => field.name === name || aliases.includes(field.name));

/** A type in few words: its name, or what it is made of. */
export const describeType = (type: Type): string =>
  type.name ?? branchesOf(type)?.map(describeType).join(' or ') ?? type.typeName;
