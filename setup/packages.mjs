import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Whether node_modules holds what package-lock.json asks for. npm writes its own record of what it
 * installed (node_modules/.package-lock.json) last, so an interrupted installation has none.
 *
 * @param {string} root folder with package-lock.json
 * @returns {boolean}
 */
export function packagesInstalled(root) {
  const record = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(record)) return false;
  const wanted = packagesOf(join(root, 'package-lock.json'));
  const installed = packagesOf(record);
  return Object.keys(wanted).every((folder) => {
    if (folder === '') return true; // The lab itself.
    const found = installed[folder];
    // Optional packages for other platforms are left out.
    return found ? found.version === wanted[folder]?.version : wanted[folder]?.optional;
  });
}

/**
 * @param {string} file
 * @returns {Partial<Record<string, { version?: string, optional?: boolean }>>}
 */
function packagesOf(file) {
  return JSON.parse(readFileSync(file, 'utf8')).packages;
}
