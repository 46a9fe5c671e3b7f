// A lock between processes, without dependencies: a folder of numbered files. The file with the highest number names
// the holder; a released lock says `free`. Whoever finds it free, or its holder dead, makes the next number: only one
// can, so a dead holder's lock is taken over by one process, never by two.
import { linkSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const free = 'free';

/** State and start time of a process, from Linux; elsewhere the process id alone has to do. */
const processFacts = (pid) => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { state: fields[0] ?? '', started: fields[19] ?? '' };
  } catch {
    return { state: '', started: '' };
  }
};

/** Whether the process that wrote `holder` still runs; a process id that was given away again does not count. */
const isAlive = (holder) => {
  const [pid, started] = holder.split(' ');
  try {
    process.kill(Number(pid), 0);
  } catch (error) {
    return error.code === 'EPERM';
  }
  const facts = processFacts(Number(pid));
  return facts.state !== 'Z' && (!started || !facts.started || facts.started === started);
};

const newest = (folder) => Math.max(0, ...readdirSync(folder).map(Number).filter(Number.isInteger));

const readOrUndefined = (file) => {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    return undefined;
  }
};

const once = (folder) => {
  mkdirSync(folder, { recursive: true });
  const last = newest(folder);
  if (last > 0) {
    const holder = readOrUndefined(path.join(folder, String(last)));
    if (holder === undefined) return {};
    if (holder !== free && isAlive(holder)) return { holder: Number(holder.split(' ')[0]) };
  }
  const mine = last + 1;
  const file = path.join(folder, String(mine));
  const draft = path.join(folder, `draft-${process.pid}-${mine}`);
  // Linked, not written: a file that appears is complete, or a reader would take an empty one for a dead holder.
  writeFileSync(draft, `${process.pid} ${processFacts(process.pid).started}`);
  try {
    linkSync(draft, file);
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
    return {};
  } finally {
    rmSync(draft, { force: true });
  }
  if (newest(folder) !== mine) {
    // Others went through the lock since we looked: ours is an old number that means nothing.
    rmSync(file, { force: true });
    return {};
  }
  for (let old = last; old > 0 && old > last - 4; old -= 1) rmSync(path.join(folder, String(old)), { force: true });
  const release = () => {
    try {
      writeFileSync(draft, free);
      renameSync(draft, file);
    } catch (error) {
      // The folder was removed with everything in it: there is no lock left to release.
      if (error.code !== 'ENOENT') throw error;
    }
  };
  return { release };
};

/** Takes the lock if it is free: `{ release }`, or `{ holder }` with the process id that has it. */
export const tryLock = (folder) => {
  for (;;) {
    const outcome = once(folder);
    if (outcome.release !== undefined || outcome.holder !== undefined) return outcome;
  }
};

/** Waits for the lock and returns its release; `onWait(holder, seconds)` is called at first and then every 5 s. */
export const acquireLock = async (folder, onWait = () => {}) => {
  const since = Date.now();
  let told = Number.NEGATIVE_INFINITY;
  for (;;) {
    const { release, holder } = tryLock(folder);
    if (release !== undefined) return release;
    const seconds = Math.round((Date.now() - since) / 1000);
    if (seconds - told >= 5) {
      onWait(holder, seconds);
      told = seconds;
    }
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
};
