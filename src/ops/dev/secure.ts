import { readFileSync } from 'node:fs';

/** Makes development servers speak TLS, and demand certificates of their clients; for tests. All are paths of PEM files. */
export interface SecureServers {
  readonly certificate: string;
  readonly key: string;
  /** The key and the certificate in one. */
  readonly pem: string;
  readonly ca: string;
  /** Ports of the brokers' listeners for SASL over TLS, in their order; those in plain text stay. */
  readonly kafkaPorts: readonly number[];
  /** Who may log in at the brokers, by PLAIN and by SCRAM-SHA-512. The password is that of a test: it is on a command line. */
  readonly kafkaUser: { readonly name: string; readonly password: string };
}

/** In the words of every client. */
type ProbeContext = Readonly<Record<'cert' | 'key' | 'ca', Buffer>>;

/** What a probe connects with: the server's own certificate is good enough for a client's. */
export const probeContext = ({ certificate, key, ca }: SecureServers): ProbeContext => ({
  ...{ cert: readFileSync(certificate), key: readFileSync(key), ca: readFileSync(ca) },
});

const jaas = (module: string, settings = ''): string =>
  `org.apache.kafka.common.security.${module} required${settings};`;

/** Settings of a broker's secure listener, whose name is SECURE. */
export const secureListener = ({ pem, ca, kafkaUser }: SecureServers): Readonly<Record<string, string>> => {
  const listener = 'listener.name.secure';
  return {
    [`${listener}.ssl.keystore.type`]: 'PEM',
    [`${listener}.ssl.keystore.location`]: pem,
    [`${listener}.ssl.truststore.type`]: 'PEM',
    [`${listener}.ssl.truststore.location`]: ca,
    [`${listener}.ssl.client.auth`]: 'required',
    [`${listener}.sasl.enabled.mechanisms`]: 'PLAIN,SCRAM-SHA-512',
    [`${listener}.plain.sasl.jaas.config`]: jaas(
      'plain.PlainLoginModule',
      ` user_${kafkaUser.name}="${kafkaUser.password}"`,
    ),
    [`${listener}.scram-sha-512.sasl.jaas.config`]: jaas('scram.ScramLoginModule'),
  };
};

/** For the tool that formats a broker's data. */
export const scramArguments = ({ kafkaUser: { name, password } }: SecureServers): readonly string[] => [
  ...['--add-scram', `SCRAM-SHA-512=[name=${name},password=${password}]`],
];

export const secureMongoArguments = ({ pem, ca }: SecureServers): readonly string[] => [
  ...['--tlsMode', 'requireTLS', '--tlsCertificateKeyFile', pem, '--tlsCAFile', ca],
];

/** Plain text is off. */
export const secureRedisSettings = ({ certificate, key, ca }: SecureServers, port: number) =>
  ({
    ...{ port: 0, 'tls-port': port },
    ...{ 'tls-cert-file': certificate, 'tls-key-file': key, 'tls-ca-cert-file': ca },
  }) as const;
