import { runTool } from './tool.ts';

/**
 * 2.10 and not a newer one: from 3 on, `copy` reads the parents of an artifact's POM too, and Apicurio's parent is not
 * on Maven Central.
 */
const plugin = 'org.apache.maven.plugins:maven-dependency-plugin:2.10';

const units = { B: 1, kB: 1e3, MB: 1e6, GB: 1e9 } as const;
const bytes = (amount: string, unit: string): number => Number(amount) * units[unit as keyof typeof units];

/** Adds up what Maven says it has downloaded; it prints sizes when it is not in batch mode. */
export const countDownloads = (told: (bytes: number) => void): ((text: string) => void) => {
  let finished = 0;
  let rest = '';
  return (text) => {
    const lines = (rest + text).split(/[\r\n]+/);
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const done = /^(?:\[INFO\] )?Downloaded from .*\(([\d.]+) (B|kB|MB|GB) at /.exec(line);
      if (done) {
        finished += bytes(done[1] ?? '0', done[2] ?? 'B');
        told(finished);
      } else if (line.startsWith('Progress (')) {
        const running = [...line.matchAll(/([\d.]+)(?: (?:B|kB|MB))?(?:\/[\d.]+)? (B|kB|MB|GB)/g)];
        told(running.reduce((sum, match) => sum + bytes(match[1] ?? '0', match[2] ?? 'B'), finished));
      }
    }
  };
};

/** Runs a goal of Maven's dependency plugin in `cwd`. */
export const runMaven = async (
  goal: 'copy' | 'copy-dependencies',
  args: readonly string[],
  cwd: string,
  told: (bytes: number) => void,
): Promise<void> => {
  await runTool('mvn', ['-Dstyle.color=never', `${plugin}:${goal}`, ...args], { cwd, onOutput: countDownloads(told) });
};
