import { readdir, rename } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/**
 * Name of this process's partial file. Runs at the same time have one each; what a run that has ended
 * left is taken over.
 */
export async function claimPartialFile(target: string): Promise<string> {
  const directory = dirname(target);
  const own = `${target}.${process.pid}.part`;
  for (const name of await readdir(directory)) {
    const [, stem, pid] = /^(.+)\.(\d+)\.part$/.exec(name) ?? [];
    if (stem === basename(target) && !isRunning(Number(pid))) {
      // Another process may have been quicker to take it.
      await rename(join(directory, name), own).catch(() => undefined);
    }
  }
  return own;
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
