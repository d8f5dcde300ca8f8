import path from 'node:path';
import { runNotebooks } from '#jupyter/run';
import { root } from '#setup/environment';

/**
 * Executes notebooks of the lab and says how long each took.
 *
 * @param names file names in notebooks/
 * @param env environment of the kernels
 * @throws Error that names the notebooks that failed, after the others have run
 */
export async function execute(
  names: readonly string[],
  outputDirectory: string,
  env: NodeJS.ProcessEnv,
): Promise<void> {
  const notebooks = names.map((name) => path.join(root, 'notebooks', name));
  const results = await runNotebooks(notebooks, { outputDirectory, env });
  for (const { name, seconds, failure } of results) {
    console.log(`${name}: ${seconds.toFixed(1)} s${failure ? ', FAILED' : ''}`);
  }
  const failed = results.filter(({ failure }) => failure !== undefined);
  if (failed.length > 0) {
    throw new Error(`Failed: ${failed.map(({ name }) => name).join(', ')}. See the errors above.`);
  }
}
