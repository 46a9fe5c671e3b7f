/** What has connections, opened when it is first needed. */
export interface Reopening<Tool> {
  /** @throws what opening it, or the work, throws */
  use<Result>(work: (tool: Tool) => Promise<Result>): Promise<Result>;
  close(): Promise<void>;
}

/**
 * Opens something at the first use and keeps it: a page that nobody looks at costs no connection. What could not be opened
 * is tried again at the next use.
 */
export function reopening<Tool extends { readonly close: () => Promise<void> }>(
  open: () => Promise<Tool>,
): Reopening<Tool> {
  let opened: Promise<Tool> | null = null;
  return {
    async use(work) {
      const tool = (opened ??= open());
      try {
        await tool;
      } catch (error) {
        if (opened === tool) opened = null;
        throw error;
      }
      return work(await tool);
    },
    async close() {
      const tool = await opened?.catch(() => undefined);
      await tool?.close();
    },
  };
}
