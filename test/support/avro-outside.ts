import { Type } from 'avsc';

/** Reads values in Confluent's wire format with what the registry's HTTP API says, and nothing of ours. */
export interface OutsideAvro {
  decode(value: Buffer): Promise<Record<string, unknown>>;
}

/** @param registry base URL of the Confluent-compatible API */
export const outsideAvro = (registry: string): OutsideAvro => {
  const types = new Map<number, Promise<Type>>();
  const fetchType = async (id: number): Promise<Type> => {
    const response = await fetch(`${registry}/schemas/ids/${id}`);
    if (!response.ok) throw new Error(`The registry answered ${response.status} for schema ${id}`);
    const { schema } = (await response.json()) as { readonly schema: string };
    return Type.forSchema(JSON.parse(schema));
  };
  return {
    decode: async (value) => {
      if (value[0] !== 0) throw new Error(`A value begins with ${value[0]}, not with Confluent's magic byte`);
      const id = value.readInt32BE(1);
      const type = types.get(id) ?? fetchType(id);
      types.set(id, type);
      return (await type).fromBuffer(value.subarray(5)) as Record<string, unknown>;
    },
  };
};
