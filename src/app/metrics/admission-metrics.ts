import { Counter, Gauge, type Registry } from 'prom-client';
import type { Door, ShedReason } from '../../admission/index.ts';

/** The doors by which work comes into a process. */
export type DoorName = 'webhooks' | 'requests' | 'reads' | 'redemptions';

export interface AdmissionMetrics {
  /** Shows a door's limit and what is under way behind it, as they are when they are asked for. */
  show(name: DoorName, door: Door): void;
  shed(name: DoorName, reason: ShedReason): void;
}

/** Counts what is not let in. Once for a registry. */
export function createAdmissionMetrics(registry: Registry): AdmissionMetrics {
  const registers = [registry];
  const doors = new Map<DoorName, Door>();
  const shed = new Counter({
    ...{
      name: 'points_shed_total',
      help: 'What was not let in, by door and by whether that was full or a merchant over its share',
    },
    ...{ labelNames: ['door', 'reason'], registers },
  });
  const gauge = (name: string, help: string, valueOf: (door: Door) => number) =>
    new Gauge({
      ...{ name, help, labelNames: ['door'], registers },
      collect() {
        for (const [door, one] of doors) this.set({ door }, valueOf(one));
      },
    });
  gauge('points_admission_limit', 'What may be under way at once, as it is learnt', ({ limit }) => limit);
  gauge('points_admission_in_flight', 'What is under way now', ({ inFlight }) => inFlight);
  return {
    show: (name, door) => {
      doors.set(name, door);
      for (const reason of ['full', 'share'] as const) shed.inc({ door: name, reason }, 0);
    },
    shed: (name, reason) => {
      shed.inc({ door: name, reason });
    },
  };
}
