import { z } from 'zod';

const counts = z.record(z.string(), z.number());

const task = z.object({
  /** `<sub-topology>_<partition>`, as in Kafka Streams. */
  id: z.string(),
  state: z.string(),
  queued: z.number(),
  /** Records behind, by topic, as the task knows. */
  lags: counts,
  /** Records a second over the last seconds, by topic. */
  read: counts,
  written: counts,
  /** When it last committed or had nothing to do; milliseconds since the epoch. */
  progressAt: z.number(),
});

const node = z.object({
  kind: z.enum(['source', 'processor', 'sink', 'global']),
  name: z.string(),
  parents: z.array(z.string()),
  topics: z.array(z.string()),
  stores: z.array(z.string()),
});

const topology = z.object({
  name: z.string(),
  groupId: z.string(),
  state: z.string(),
  /** Why the state is ERROR. */
  error: z.string().nullable(),
  /** The nodes of each sub-topology. */
  parts: z.array(z.array(node)),
  deadLetterTopic: z.string().nullable(),
  tasks: z.array(task),
  stores: z.array(
    z.object({
      store: z.string(),
      part: z.number(),
      partition: z.number(),
      bytes: z.number(),
      entries: z.number().nullable(),
    }),
  ),
});

const check = z.object({
  name: z.string(),
  ok: z.boolean(),
  reason: z.string().nullable(),
  /** The process is ready without it. */
  optional: z.boolean(),
  /** Since when it has been so, as this instance has seen it; milliseconds since the epoch. */
  since: z.number(),
  facts: counts,
});

/** What one process tells all others of itself every few seconds. Holds no data of customers, and no secret. */
export const instanceStatus = z.object({
  /** Another one after each start. */
  id: z.string(),
  roles: z.array(z.string()),
  host: z.string(),
  pid: z.number(),
  startedAt: z.number(),
  /** When it was told. */
  at: z.number(),
  checks: z.array(check),
  topologies: z.array(topology),
  /** Records that wait for a rate limit in this instance's tasks: all, and the merchants with the most. */
  deferred: z.object({ records: z.number(), merchants: z.array(z.tuple([z.string(), z.number()])) }),
  /** Dead letters this instance has written in the last hour, as far as it has run for so long. */
  deadLettersLastHour: z.number(),
});

export type InstanceStatus = z.infer<typeof instanceStatus>;
export type TopologyStatus = z.infer<typeof topology>;
export type TaskShown = z.infer<typeof task>;
export type NodeShown = z.infer<typeof node>;
export type CheckShown = z.infer<typeof check>;

/** What another process has told; undefined for what another version tells otherwise. */
export const readInstanceStatus = (text: string): InstanceStatus | undefined => {
  try {
    return instanceStatus.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
};
