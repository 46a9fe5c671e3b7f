/** How the software of one server gets onto this machine. */
export interface Recipe {
  /** As people read it, with the version: `Kafka 4.1.0`. */
  readonly name: string;
  /** Its folder in the cache, with the version, so that a new version never runs from an old folder. */
  readonly folder: string;
  /** The environment variable that names a server which somebody else runs, for whoever cannot install this one. */
  readonly insteadOf: string;
  /** Fills `into`, which is empty; `told` hears how many bytes have come so far, where that is knowable. */
  install(into: string, told: (bytes: number) => void): Promise<void>;
}
