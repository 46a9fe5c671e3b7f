/** Tells whoever waits how far an install is. */
export interface InstallReport {
  /** How many bytes have come so far, where that is knowable. */
  readonly bytes: (count: number) => void;
  /** What it does from now on, in a word or two. */
  readonly phase: (name: string) => void;
}

/** How the software of one server gets onto this machine. */
export interface Recipe {
  /** As people read it, with the version: `Kafka 4.1.0`. */
  readonly name: string;
  /** Its folder in the cache, with the version, so that a new version never runs from an old folder. */
  readonly folder: string;
  /** The environment variable that names a server which somebody else runs, for whoever cannot install this one. */
  readonly insteadOf: string;
  /** Fills `into`, which is empty. */
  install(into: string, report: InstallReport): Promise<void>;
}
