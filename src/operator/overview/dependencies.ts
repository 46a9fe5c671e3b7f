import type { InstanceStatus } from '../status/instance-status.ts';

/** How one instance finds a dependency. */
export interface DependencySeen {
  readonly instance: string;
  readonly ok: boolean;
  readonly reason: string | null;
  /** Milliseconds since the epoch. */
  readonly since: number;
  readonly optional: boolean;
  readonly facts: Readonly<Record<string, number>>;
}

export interface Dependency {
  readonly name: string;
  readonly seen: readonly DependencySeen[];
}

/** Checks of our roles, by what they ask. */
const names: Readonly<Record<string, string>> = {
  mongodb: 'MongoDB',
  'ingress mongodb': 'MongoDB',
  'redis cache': 'Redis (cache)',
  'redis cache changes': 'Redis (cache)',
  'redis state': 'Redis (state)',
  'ingress redis state': 'Redis (state)',
  'schema registry': 'Schema registry',
  'ingress schema': 'Schema registry',
  kafka: 'Kafka',
  'ingress kafka': 'Kafka',
  core: 'Core',
  auth: 'Auth',
};

const order = ['Kafka', 'MongoDB', 'Redis (state)', 'Redis (cache)', 'Schema registry', 'Core', 'Auth'];
const rank = (name: string): number => (order.includes(name) ? order.indexOf(name) : order.length);

/** What a check asks, if it asks somebody else and not a part of this service. */
export const dependencyOf = (check: string): string | undefined => names[check];

/** Every server the instances depend on, as each of them finds it; where one has several checks, the worst. */
export function dependenciesOf(instances: readonly InstanceStatus[]): readonly Dependency[] {
  const found = new Map<string, Map<string, DependencySeen>>();
  for (const { id, checks } of instances) {
    for (const { name, ok, reason, since, optional, facts } of checks) {
      const dependency = dependencyOf(name);
      if (dependency === undefined) continue;
      const seen = found.get(dependency) ?? new Map<string, DependencySeen>();
      found.set(dependency, seen);
      const before = seen.get(id);
      if (before !== undefined && !before.ok && (ok || before.since <= since)) continue;
      seen.set(id, { instance: id, ok, reason, since, optional, facts });
    }
  }
  return [...found]
    .map(([name, seen]) => ({ name, seen: [...seen.values()] }))
    .sort((a, b) => rank(a.name) - rank(b.name));
}
