import type { Rule } from './rules.ts';
import { transport } from './transport.ts';

type Key = keyof typeof transport;
type Values = Parameters<Rule>[0];

const nameOf = (key: Key): string => transport[key].name;
const isSet = (values: Values, key: Key): boolean => values[key] !== undefined;

/** The second says nothing without the first. */
const goesWith = (values: Values, needed: Key, key: Key): readonly string[] =>
  isSet(values, key) && !isSet(values, needed) ? [`${nameOf(needed)} must be set, as ${nameOf(key)} is`] : [];

const pairs = (values: Values): readonly string[] =>
  (
    [
      ['grpcCert', 'grpcKey'],
      ['clientCert', 'clientKey'],
      ['kafkaCert', 'kafkaKey'],
      ['mongoCert', 'mongoKey'],
      ['redisCert', 'redisKey'],
      ['registryCert', 'registryKey'],
    ] as const
  ).flatMap(([certificate, key]) => [...goesWith(values, certificate, key), ...goesWith(values, key, certificate)]);

const authorities = (values: Values): readonly string[] => [
  ...goesWith(values, 'grpcCert', 'grpcClientCa'),
  ...goesWith(values, 'clientCa', 'clientCert'),
];

const kafka = (values: Values): readonly string[] => {
  const protocol = values['kafkaProtocol'];
  if (typeof protocol !== 'string') return [];
  const isSasl = protocol.startsWith('SASL');
  const logIn = (['kafkaSaslUsername', 'kafkaSaslPassword'] as const).filter((key) => isSet(values, key) !== isSasl);
  const idle = protocol.endsWith('SSL')
    ? []
    : (['kafkaCa', 'kafkaCert', 'kafkaKey'] as const).filter((key) => isSet(values, key));
  return [
    ...logIn.map(
      (key) => `${nameOf(key)} ${isSasl ? 'must' : 'must not'} be set with KAFKA_SECURITY_PROTOCOL=${protocol}`,
    ),
    ...idle.map((key) => `${nameOf(key)} must not be set with KAFKA_SECURITY_PROTOCOL=${protocol}`),
  ];
};

/** Certificates that an address in plain text would leave unused: nobody must believe that they protect it. */
const addressed = (values: Values): readonly string[] => {
  const fault = (keys: readonly Key[], address: string, variable: string, scheme: string): readonly string[] => {
    const value = values[address];
    const used = keys.find((key) => isSet(values, key));
    if (used === undefined || typeof value !== 'string' || value.startsWith(scheme)) return [];
    return [`${variable} must begin with ${scheme}, as ${nameOf(used)} is set`];
  };
  return [
    ...fault(['redisCa', 'redisCert'], 'redisCacheUrl', 'REDIS_HOST', 'rediss://'),
    ...(values['redisStateUrl'] === values['redisCacheUrl']
      ? []
      : fault(['redisCa', 'redisCert'], 'redisStateUrl', 'REDIS_STATE_HOST', 'rediss://')),
    ...fault(['registryCa', 'registryCert'], 'registryUrl', 'SCHEMA_REGISTRY_URL', 'https://'),
  ];
};

/** What half-set transport settings lack. */
export const transportRules: readonly Rule[] = [pairs, authorities, kafka, addressed];
