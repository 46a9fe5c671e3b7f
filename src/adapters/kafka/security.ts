import type { SecureContext } from 'node:tls';
import type { KafkaConfig } from 'kafkajs';

/** How brokers are spoken to; each part is left out where it is not used. */
export interface KafkaSecurity {
  /** Certificates of both sides; `true` trusts the CAs of the system. */
  readonly tls?: SecureContext | true;
  readonly sasl?: SaslLogIn;
}

export interface SaslLogIn {
  readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512';
  readonly username: string;
  readonly password: string;
}

/** The same in kafkajs' words. A name is checked unless the broker is known by its address, which is checked then. */
export const securityOf = ({ tls, sasl }: KafkaSecurity): Pick<KafkaConfig, 'ssl' | 'sasl'> => ({
  ...(tls !== undefined && { ssl: tls === true ? true : { secureContext: tls } }),
  ...(sasl && { sasl: saslOf(sasl) }),
});

const saslOf = ({ mechanism, username, password }: SaslLogIn): NonNullable<KafkaConfig['sasl']> => {
  switch (mechanism) {
    case 'plain':
      return { mechanism, username, password };
    case 'scram-sha-256':
      return { mechanism, username, password };
    case 'scram-sha-512':
      return { mechanism, username, password };
  }
};
