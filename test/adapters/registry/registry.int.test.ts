import { randomUUID } from 'node:crypto';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createRegistry, SchemaIncompatibleError } from '../../../src/adapters/registry/index.ts';
import { standaloneSchema } from '../../../src/adapters/registry/schemas.ts';
import { DependencyUnavailableError } from '../../../src/common/errors.ts';
import { outsideAvro } from '../../support/avro-outside.ts';
import { sharedServers, startPrivateServers } from '../../support/servers.ts';

const topicOf = (name: string): string => `${name}-${randomUUID().slice(0, 8)}`;
const balance = {
  merchant_id: 'm',
  customer_id: 'c',
  balance: 40,
  sequence: 2,
  schema_version: '1.0.0',
  updated_at: 1_700_000_000_000,
  correlation_id: 'x',
};

/** Registers a schema by HTTP, as another team's service would. */
const register = async (registry: string, topic: string, schema: unknown): Promise<number> => {
  const response = await fetch(`${registry}/subjects/${topic}-value/versions`, {
    method: 'POST',
    headers: { 'content-type': 'application/vnd.schemaregistry.v1+json' },
    body: JSON.stringify({ schema: JSON.stringify(schema) }),
  });
  const answer = (await response.json()) as { id: number };
  expect(response.status, JSON.stringify(answer)).toBe(200);
  return answer.id;
};

describe('the registry', () => {
  it('gives a serde whose bytes anybody can read who asks it for the schema', async () => {
    const { registry } = sharedServers();
    const serde = await createRegistry({ url: registry }).serde(topicOf('balances'), 'PointsBalance');
    const bytes = serde.serialize(balance);
    expect(await outsideAvro(registry).decode(bytes)).toEqual(balance);
    expect(serde.deserialize(bytes)).toEqual(balance);
  });

  it('gives one schema one id, however often and by whomever it is registered', async () => {
    const { registry } = sharedServers();
    const topic = topicOf('balances');
    const serdes = await Promise.all(
      [1, 2, 3].map(() => createRegistry({ url: registry }).serde(topic, 'PointsBalance')),
    );
    const [first, ...others] = serdes.map((serde) => serde.serialize(balance));
    for (const bytes of others) expect(bytes).toEqual(first);
  });

  it('sets the compatibility of a new subject to BACKWARD_TRANSITIVE', async () => {
    const { registry } = sharedServers();
    const topic = topicOf('balances');
    await createRegistry({ url: registry }).serde(topic, 'PointsBalance');
    const response = await fetch(`${registry}/config/${topic}-value`);
    expect(await response.json()).toMatchObject({ compatibilityLevel: 'BACKWARD_TRANSITIVE' });
  });

  it('refuses a schema that cannot read what the topic holds, naming topic and field', async () => {
    const { registry } = sharedServers();
    const topic = topicOf('balances');
    const schema = standaloneSchema('PointsBalance');
    const fields = schema.fields.filter(({ name }) => name !== 'sequence');
    await register(registry, topic, { ...schema, fields });
    const response = await fetch(`${registry}/config/${topic}-value`, {
      method: 'PUT',
      headers: { 'content-type': 'application/vnd.schemaregistry.v1+json' },
      body: JSON.stringify({ compatibility: 'BACKWARD_TRANSITIVE' }),
    });
    expect(response.ok).toBe(true);
    const refused = createRegistry({ url: registry }).serde(topic, 'PointsBalance');
    await expect(refused).rejects.toThrow(SchemaIncompatibleError);
    await expect(refused).rejects.toThrow(topic);
    await expect(refused).rejects.toThrow('sequence');
    await expect(refused).rejects.toMatchObject({ retryable: false });
  });

  it('promises compatibility where an instance was killed before it could', async () => {
    const { registry } = sharedServers();
    const topic = topicOf('balances');
    await register(registry, topic, standaloneSchema('PointsBalance'));
    await createRegistry({ url: registry }).serde(topic, 'PointsBalance');
    const response = await fetch(`${registry}/config/${topic}-value`);
    expect(await response.json()).toMatchObject({ compatibilityLevel: 'BACKWARD_TRANSITIVE' });
  });

  it('refuses a subject that somebody has given another compatibility, and does not wait for it', async () => {
    const { registry } = sharedServers();
    const topic = topicOf('balances');
    await register(registry, topic, standaloneSchema('PointsBalance'));
    await fetch(`${registry}/config/${topic}-value`, {
      method: 'PUT',
      headers: { 'content-type': 'application/vnd.schemaregistry.v1+json' },
      body: JSON.stringify({ compatibility: 'FORWARD' }),
    });
    const refused = createRegistry({ url: registry }).serde(topic, 'PointsBalance');
    await expect(refused).rejects.toMatchObject({ code: 'SCHEMA_INCOMPATIBLE', retryable: false });
    await expect(refused).rejects.toThrow(`Subject ${topic}-value has another compatibility`);
  });

  it('lets a schema in that only adds a field with a default, and reads what was written before and after', async () => {
    const { registry } = sharedServers();
    const topic = topicOf('seen');
    const ours = await createRegistry({ url: registry }).serde(topic, 'SeenEvent');
    const schema = standaloneSchema('SeenEvent');
    const newer = { ...schema, fields: [...schema.fields, { name: 'by', type: 'string', default: 'nobody' }] };
    const id = await register(registry, topic, newer);
    const fromTheFuture = Buffer.concat([Buffer.from([0]), Buffer.alloc(4), Buffer.from([20, 0, 4, 109, 101])]);
    fromTheFuture.writeInt32BE(id, 1);
    await ours.prepare?.([fromTheFuture]);
    expect(ours.deserialize(fromTheFuture)).toEqual({ expires_at: 10, source: null });
  });

  it('reads a value of a schema that nobody registered as unreadable, not as a reason to wait', async () => {
    const { registry } = sharedServers();
    const serde = await createRegistry({ url: registry }).serde(topicOf('balances'), 'PointsBalance');
    const stranger = Buffer.from([0, 127, 255, 255, 255, 1, 2]);
    await serde.prepare?.([stranger]);
    expect(() => serde.deserialize(stranger)).toThrow('The schema of the value is not known');
  });
});

describe('a registry that is away', () => {
  it('is one to wait for, at registering, reading and asking', async () => {
    const registry = createRegistry({ url: 'http://127.0.0.1:9' });
    await expect(registry.ping()).rejects.toThrow(DependencyUnavailableError);
    await expect(registry.serde(topicOf('balances'), 'PointsBalance')).rejects.toThrow(DependencyUnavailableError);
  });

  it('and restarts keeps its ids; meanwhile known schemas go on and a new one waits', {
    timeout: 120_000,
  }, async () => {
    const servers = await startPrivateServers(onTestFinished, { roles: ['registry'] });
    const url = servers.addresses.registry;
    const topic = topicOf('balances');
    const registry = createRegistry({ url });
    await registry.ping();
    const serde = await registry.serde(topic, 'PointsBalance');
    const bytes = serde.serialize(balance);
    const schema = standaloneSchema('PointsBalance');
    const note = { name: 'note', type: ['null', 'string'], default: null };
    const id = await register(url, topic, { ...schema, fields: [...schema.fields, note] });
    const newer = Buffer.concat([bytes, Buffer.from([0])]);
    newer.writeInt32BE(id, 1);

    await servers.handles.registry?.stop();
    await expect(registry.ping()).rejects.toThrow(DependencyUnavailableError);
    await serde.prepare?.([bytes]);
    expect(serde.deserialize(bytes)).toEqual(balance);
    await expect(serde.prepare?.([bytes, newer])).rejects.toThrow(DependencyUnavailableError);

    await servers.handles.registry?.restart();
    await serde.prepare?.([newer]);
    expect(serde.deserialize(newer)).toEqual(balance);
    const again = await createRegistry({ url }).serde(topic, 'PointsBalance');
    expect(again.serialize(balance)).toEqual(bytes);
  });
});
