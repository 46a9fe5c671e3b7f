import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Type } from 'avsc';
import { describe, expect, it } from 'vitest';
import { standaloneSchema, typeOf } from '../../../src/adapters/registry/schemas.ts';
import type { AvroRecords } from '../../../src/contracts/index.ts';

const names = readdirSync(join(import.meta.dirname, '..', '..', '..', 'avro'))
  .filter((file) => file.endsWith('.avsc'))
  .map((file) => file.replace('.avsc', '') as keyof AvroRecords);

describe('the schemas', () => {
  it('are more than none', () => {
    expect(names.length).toBeGreaterThan(5);
  });

  it.each(names)('%s stands by itself, and compiles for us and for any other reader', (name) => {
    const schema = standaloneSchema(name);
    expect(schema.name).toBe(name);
    expect(typeOf(schema).name).toBe(`points.${name}`);
    // As the registry hands it to somebody else: JSON, and none of our hooks.
    expect(Type.forSchema(JSON.parse(JSON.stringify(schema))).name).toBe(`points.${name}`);
  });

  it.each(names)('%s says of each field what it holds, unless its name does', (name) => {
    const fields = standaloneSchema(name).fields as readonly { name: string; doc?: string }[];
    for (const field of fields) {
      if (['schema_version', 'correlation_id', 'type', 'balance', 'sequence'].includes(field.name)) continue;
      expect(field.doc, `${name}.${field.name}`).toBeTruthy();
    }
  });

  it('put in the records of other files where they are first used', () => {
    const command = standaloneSchema('IngestCommand').fields.find(({ name }) => name === 'command');
    expect(command?.type).toMatchObject([
      { type: 'record', name: 'OrderCreated', namespace: 'points' },
      { type: 'record', name: 'OrderCancelled', namespace: 'points' },
      { type: 'record', name: 'OrderRefunded', namespace: 'points' },
      { type: 'record', name: 'PosTransaction', namespace: 'points' },
      { type: 'record', name: 'RedemptionRequested', namespace: 'points' },
      { type: 'record', name: 'RedemptionSettled', namespace: 'points' },
      { type: 'record', name: 'TierAssigned', namespace: 'points' },
      { type: 'record', name: 'ComplianceRequested', namespace: 'points' },
    ]);
  });
});

describe('a union of records', () => {
  const order = {
    order_id: '1',
    amount_minor: 100,
    currency: 'USD',
    financial_status: null,
    source_name: 'web',
  };
  const envelope = {
    event_id: 'e',
    merchant_id: 'm',
    customer_id: 'c',
    correlation_id: 'x',
    schema_version: '1.0.0',
    occurred_at: 1,
    locale: 'en',
    delivery_id: null,
  };

  it('names its branch, also while it has only one', () => {
    const type = typeOf(standaloneSchema('IngestCommand'));
    const value = { ...envelope, command: { 'points.OrderCreated': order } };
    expect(type.fromBuffer(type.toBuffer(value))).toEqual(value);
    expect(type.isValid({ ...envelope, command: order })).toBe(false);
  });

  it('is read the same when a second branch has come', () => {
    const schema = standaloneSchema('IngestCommand');
    const tier = {
      type: 'record',
      name: 'LaterKind',
      namespace: 'points',
      fields: [{ name: 'tier', type: 'string' }],
    };
    const fields = schema.fields.map((field) =>
      field.name === 'command' ? { ...field, type: [...(field.type as object[]), tier] } : field,
    );
    const [writer, reader] = [typeOf(schema), typeOf({ ...schema, fields })];
    const value = { ...envelope, command: { 'points.OrderCreated': order } };
    expect(reader.fromBuffer(writer.toBuffer(value), reader.createResolver(writer))).toEqual(value);
  });

  it('leaves unions of null and something as they are', () => {
    const type = typeOf(standaloneSchema('OrderCreated'));
    expect(type.fromBuffer(type.toBuffer(order))).toEqual(order);
  });
});
