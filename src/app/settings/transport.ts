import { z } from 'zod';
import { setting } from './setting.ts';
import { filePath, matching, oneOf } from './values.ts';

const file = (name: string, about: string) => setting({ name, about, shape: filePath, optional: true });

const securityProtocols = ['PLAINTEXT', 'SSL', 'SASL_PLAINTEXT', 'SASL_SSL'] as const;
const saslMechanisms = ['plain', 'scram-sha-256', 'scram-sha-512'] as const;

/** TLS and log-ins of every connection; plain text where nothing is set. Files are PEM, and are followed while a process runs. */
export const transport = {
  grpcCert: file('POINTS_TLS_CERT', 'Certificate of the gRPC server with its chain; TLS is spoken where it is set'),
  grpcKey: file('POINTS_TLS_KEY', 'Private key of that certificate'),
  grpcClientCa: file('POINTS_TLS_CLIENT_CA', 'CAs of gRPC clients; each must show a certificate where it is set'),
  clientCa: file('POINTS_CLIENT_TLS_CA', 'CAs of Auth and Core; they are called over TLS where it is set'),
  clientCert: file('POINTS_CLIENT_TLS_CERT', 'Certificate that Auth and Core are shown, with its chain'),
  clientKey: file('POINTS_CLIENT_TLS_KEY', 'Private key of that certificate'),
  kafkaProtocol: setting({
    ...{ name: 'KAFKA_SECURITY_PROTOCOL', about: securityProtocols.join(', '), fallback: 'PLAINTEXT' },
    shape: oneOf(securityProtocols),
  }),
  kafkaCa: file('KAFKA_SSL_CA', 'CAs of the brokers; the system’s where it is not set'),
  kafkaCert: file('KAFKA_SSL_CERT', 'Certificate that brokers are shown, with its chain'),
  kafkaKey: file('KAFKA_SSL_KEY', 'Private key of that certificate'),
  kafkaSaslMechanism: setting({
    ...{ name: 'KAFKA_SASL_MECHANISM', about: saslMechanisms.join(', '), fallback: 'scram-sha-512' },
    shape: z.enum(saslMechanisms, { error: `must be one of ${saslMechanisms.join(', ')}` }),
  }),
  kafkaSaslUsername: setting({
    ...{ name: 'KAFKA_SASL_USERNAME', about: 'Who logs in at the brokers', optional: true },
    shape: matching(/^\S{1,255}$/, 'at most 255 characters without a space'),
  }),
  kafkaSaslPassword: setting({
    ...{ name: 'KAFKA_SASL_PASSWORD', about: 'The password for that', optional: true, secret: true },
    shape: matching(/^.{1,1024}$/, 'one line of at most 1,024 characters'),
  }),
  mongoCa: file('POINTS_DB_TLS_CA', 'CAs of MongoDB; it is called over TLS where it is set'),
  mongoCert: file('POINTS_DB_TLS_CERT', 'Certificate that MongoDB is shown, with its chain'),
  mongoKey: file('POINTS_DB_TLS_KEY', 'Private key of that certificate'),
  redisCa: file('REDIS_TLS_CA', 'CAs of Redis, for rediss:// addresses'),
  redisCert: file('REDIS_TLS_CERT', 'Certificate that Redis is shown, with its chain'),
  redisKey: file('REDIS_TLS_KEY', 'Private key of that certificate'),
  registryCa: file('SCHEMA_REGISTRY_CA', 'CAs of the schema registry, for an https:// address'),
  registryCert: file('SCHEMA_REGISTRY_CERT', 'Certificate that the schema registry is shown, with its chain'),
  registryKey: file('SCHEMA_REGISTRY_KEY', 'Private key of that certificate'),
} as const;
