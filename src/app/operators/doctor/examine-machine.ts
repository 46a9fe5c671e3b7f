import { constants } from 'node:fs';
import { access, mkdir, readFile, statfs } from 'node:fs/promises';
import path from 'node:path';
import { errorCode } from '../../../common/errors.ts';
import { examining, fault, type Finding, ok, warning } from './finding.ts';

export interface MachineSettings {
  readonly stateDir: string;
  readonly heapMib: number;
}

const mib = 1024 * 1024;
/** What a process needs beside its heap: stores, sockets, Node itself. */
const besideHeapMib = 224;
const fewFiles = 4_096;
const littleRoomMib = 1_024;

const firstText = async (...files: readonly string[]): Promise<string> => {
  for (const file of files) {
    try {
      return await readFile(file, 'utf8');
    } catch {
      // Another kernel, another place.
    }
  }
  return '';
};

async function examineMemory(heapMib: number): Promise<Finding> {
  const text = await firstText('/sys/fs/cgroup/memory.max', '/sys/fs/cgroup/memory/memory.limit_in_bytes');
  const limitMib = /^\d+\s*$/.test(text) ? Number(text) / mib : Infinity;
  const bound = limitMib > 1e6 ? 'no bound on the process' : `the process may have ${String(Math.round(limitMib))} MiB`;
  const found = `heap ${String(heapMib)} MiB, ${bound}`;
  if (heapMib + besideHeapMib <= limitMib) return ok('memory', found);
  const advice = `Allow ${String(heapMib + besideHeapMib)} MiB, or lower POINTS_HEAP_MIB: it would be killed under load`;
  return fault('memory', { found, advice });
}

async function examineFiles(): Promise<Finding> {
  const limits = await firstText('/proc/self/limits');
  const soft = Number(/^Max open files\s+(\d+)/m.exec(limits)?.[1] ?? Infinity);
  const found = `${String(soft)} may be open`;
  if (soft >= fewFiles) return ok('files', found);
  return warning('files', {
    found,
    advice: `Raise the limit to ${String(fewFiles)}: connections and stores need them`,
  });
}

const examineStateDir = (stateDir: string): Promise<readonly Finding[]> => {
  const folder = path.resolve(stateDir);
  const name = 'state stores';
  const advice = 'Let POINTS_STATE_DIR name a folder that the process may write to, on a disk of its own';
  return examining(name, { advice }, async () => {
    try {
      await mkdir(folder, { recursive: true });
      await access(folder, constants.W_OK);
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code ?? errorCode(error);
      return [fault(name, { found: `${folder} cannot be written to (${code})`, advice })];
    }
    const { bavail, bsize } = await statfs(folder);
    const freeMib = Math.round((bavail * bsize) / mib);
    const found = `${folder}, ${String(freeMib)} MiB free`;
    if (freeMib >= littleRoomMib) return [ok(name, found)];
    return [warning(name, { found, advice: 'Make room: a task whose store cannot be written stops' })];
  });
};

/** Where the command runs: meant for the container of a process, not for a laptop far away from it. */
export async function examineMachine({ stateDir, heapMib }: MachineSettings): Promise<readonly Finding[]> {
  return [await examineMemory(heapMib), await examineFiles(), ...(await examineStateDir(stateDir))];
}
