import type { Clock } from '../../common/clock.ts';
import { StoreNotAvailableError } from '../errors.ts';
import type { GroupMember, StreamAdmin } from '../ports.ts';
import type { TopicPartition } from '../record.ts';
import type { Topology } from '../topology/topology.ts';

/** Which instance has a key. */
export interface KeyMetadata {
  /** host:port that the instance gave as its `applicationServer`; undefined where it gave none. */
  readonly applicationServer: string | undefined;
  readonly partition: number;
  /** Whether it is this instance. */
  readonly isLocal: boolean;
}

/** What one instance of the group has. */
export interface StreamsMetadata {
  readonly applicationServer: string | undefined;
  /** Names of the stores of which it has partitions. */
  readonly stores: readonly string[];
  readonly partitions: readonly TopicPartition[];
}

export interface InstancesParts {
  readonly topology: Topology;
  readonly groupId: string;
  readonly admin: StreamAdmin;
  readonly clock: Clock;
  readonly applicationServer: string | undefined;
  readonly isAssigned: (subTopology: number, partition: number) => boolean;
}

/** The group's answer is good for so long, unless it is dealt out anew. */
const freshMs = 1_000;

/** Which instance of the group has what, as the group's coordinator knows it. */
export class Instances {
  readonly #parts: InstancesParts;
  #asked: { readonly at: number; readonly members: Promise<readonly GroupMember[]> } | null = null;

  constructor(parts: InstancesParts) {
    this.#parts = parts;
  }

  /** The group was dealt out anew. */
  forget(): void {
    this.#asked = null;
  }

  /**
   * @throws StoreNotAvailableError while the group is dealt out anew
   * @throws DependencyUnavailableError while Kafka is away
   */
  async holderOf(subTopology: number, partition: number): Promise<KeyMetadata> {
    const { applicationServer, isAssigned } = this.#parts;
    if (isAssigned(subTopology, partition)) return { applicationServer, partition, isLocal: true };
    const topics = this.#parts.topology.subTopologies()[subTopology]?.sourceTopics() ?? [];
    const holds = ({ partitions }: GroupMember): boolean =>
      partitions.some((each) => each.partition === partition && topics.includes(each.topic));
    let holder = (await this.#members()).find(holds);
    if (holder === undefined) {
      // What was known may be from before.
      this.forget();
      holder = (await this.#members()).find(holds);
    }
    if (holder !== undefined) return { applicationServer: holder.applicationServer, partition, isLocal: false };
    this.forget();
    throw new StoreNotAvailableError('No instance has the partition now', { facts: { partition } });
  }

  async all(): Promise<readonly StreamsMetadata[]> {
    const parts = this.#parts.topology.subTopologies();
    return (await this.#members()).map(({ applicationServer, partitions }) => {
      const topics = new Set(partitions.map(({ topic }) => topic));
      const mine = parts.filter((part) => part.sourceTopics().some((topic) => topics.has(topic)));
      const stores = mine.flatMap((part) => part.stores()).map(({ name }) => name);
      return { applicationServer, stores, partitions };
    });
  }

  #members(): Promise<readonly GroupMember[]> {
    const { clock, admin, groupId } = this.#parts;
    const now = clock.now();
    if (this.#asked === null || now - this.#asked.at >= freshMs || now < this.#asked.at) {
      const asked = { at: now, members: admin.groupMembers(groupId) };
      this.#asked = asked;
      asked.members.catch(() => {
        if (this.#asked === asked) this.#asked = null;
      });
    }
    return this.#asked.members;
  }
}
