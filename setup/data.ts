import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import { root } from '#setup/environment';

/**
 * Where the notebooks find their data, as variables for their kernels.
 *
 * @param data folder that the user names, relative to where npm was called; else that of LAB_DATA
 * @throws Error if there is no such folder
 */
export function dataEnvironment(data = process.env.LAB_DATA): { LAB_DATA?: string } {
  if (!data) return {};
  const folder = path.resolve(process.env.INIT_CWD ?? '.', data);
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) {
    throw new Error(`${folder}, named as the data folder, does not exist or is not a folder.`);
  }
  return { LAB_DATA: folder };
}

/** Whether the real data is in the folder of LAB_DATA, else in data/: nothing needs downloading. */
export function hasRealData({ LAB_DATA: folder = path.join(root, 'data') }): boolean {
  return ['mnist', 'sst2'].every((name) => existsSync(path.join(folder, name)));
}
