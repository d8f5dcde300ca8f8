import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Version of an installed package, from its package.json in `node_modules`.
 *
 * @throws Error naming the package and the remedy if it isn't installed
 */
export function packageVersion(name: string): string {
  const path = join('node_modules', name, 'package.json');
  try {
    return (JSON.parse(readFileSync(path, 'utf8')) as { version: string }).version;
  } catch (error) {
    throw new Error(`${path} can't be read: run \`npm ci\` at the root of the repository.`, {
      cause: error,
    });
  }
}
