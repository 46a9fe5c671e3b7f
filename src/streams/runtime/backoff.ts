/** A wait that can be cut short, so that closing does not wait for better times. */
export class Backoff {
  #interrupt: (() => void) | null = null;

  async wait(milliseconds: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      this.#interrupt = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#interrupt = null;
  }

  interrupt(): void {
    this.#interrupt?.();
  }
}
