import { defineConfig } from 'vitest/config';

// kafkajs sets timers with a negative delay, and Node says so once in every process.
const execArgv = ['--disable-warning=TimeoutNegativeWarning'];

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.unit.test.ts', 'topologies/**/*.unit.test.ts'],
          execArgv,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: 'integration',
          include: ['test/**/*.int.test.ts', 'test/**/*.e2e.test.ts'],
          globalSetup: ['test/support/global-setup.ts'],
          pool: 'forks',
          execArgv,
          // All files share the servers: side by side they would disturb each other's clocks.
          fileParallelism: false,
          hookTimeout: 60_000,
          testTimeout: 60_000,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: 'containers',
          include: ['test/**/*.container.test.ts'],
          execArgv,
          testTimeout: 180_000,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
