import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Runs `task` while no other process on this machine holds `file`. Waits, and says so, while another
 * one does; takes the lock over when its holder is gone.
 *
 * Not a package, because the first holder is the bootstrap, which installs the packages.
 *
 * @template T
 * @param {string} file
 * @param {() => Promise<T>} task
 * @param {{ what?: string, signal?: AbortSignal }} [options] what the holder does; what ends the waiting
 * @returns {Promise<T>}
 */
export async function withLock(file, task, { what = 'set-up', signal } = {}) {
  mkdirSync(dirname(file), { recursive: true });
  for (let announced; ;) {
    const holder = take(file);
    if (holder === undefined) break;
    signal?.throwIfAborted();
    if (holder !== announced) {
      console.log(
        `Another ${what} is running (process ${holder}); waiting for it. ` +
          `If that process is something else, delete ${file}.`,
      );
      announced = holder;
    }
    await sleep(500);
  }
  const release = () => rmSync(file, { force: true });
  process.on('exit', release);
  try {
    return await task();
  } finally {
    release();
    process.off('exit', release);
  }
}

/**
 * @param {string} file
 * @returns {number | undefined} the process that holds the lock, or undefined when it is now ours
 */
function take(file) {
  const own = `${file}.${process.pid}`;
  writeFileSync(own, String(process.pid));
  try {
    linkSync(own, file); // Atomic, and the lock is never seen without its content.
    return undefined;
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'EEXIST') throw error;
  } finally {
    rmSync(own, { force: true });
  }
  const holder = holderOf(file);
  if (holder === undefined) return take(file); // Released meanwhile.
  if (isRunning(holder)) return holder;
  // Moved before it is deleted: of several that find a dead holder, one gets to move its lock.
  try {
    renameSync(file, own);
    if (holderOf(own) !== holder) linkSync(own, file);
    rmSync(own, { force: true });
  } catch {
    // Another process was faster and holds the lock now.
  }
  return take(file);
}

/** @param {string} file @returns {number | undefined} */
function holderOf(file) {
  try {
    return Number(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

/** @param {number} pid @returns {boolean} */
function isRunning(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'EPERM';
  }
}
