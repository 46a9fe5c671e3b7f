import type { Processor } from './processor.ts';

const everyMs = 100;

/** Notes the most memory a process had while it was watched. */
export function watchMemory(processor: Pick<Processor, 'residentMib'>): {
  /** MiB; the watching ends with it. */
  most(): number;
} {
  let most = 0;
  const timer = setInterval(() => {
    processor.residentMib().then(
      (now) => {
        most = Math.max(most, now);
      },
      () => undefined,
    );
  }, everyMs);
  return {
    most() {
      clearInterval(timer);
      return most;
    },
  };
}
