/** A wait that can be cut short, so that closing does not wait for better times. */
export class Backoff {
  #interrupt: (() => void) | null = null;
  #isInterrupted = false;

  get isInterrupted(): boolean {
    return this.#isInterrupted;
  }

  async wait(milliseconds: number): Promise<void> {
    if (this.#isInterrupted) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      this.#interrupt = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#interrupt = null;
  }

  /** For good: later waits end at once too. */
  interrupt(): void {
    this.#isInterrupted = true;
    this.#interrupt?.();
  }
}
