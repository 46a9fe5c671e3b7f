/** Writes without end into the state on disk in argv[2], and tells the number of each write that is done. */
import { silentLogger } from '../../../src/common/logger.ts';
import { DiskState } from '../../../src/streams/state/disk-state.ts';
import { changesOf } from './numbered-writes.ts';

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error('The folder of the state is missing');
const state = await DiskState.open(folder, silentLogger);
for (let n = 1; ; n += 1) {
  await state.apply(changesOf(n, 20_000), new Map([['log', n]]), 0);
  process.stdout.write(`${String(n)}\n`);
}
