import path from 'node:path';
import { runNotebooks, type RunResult } from '#jupyter/run';
import { root } from '#setup/environment';

/**
 * Executes notebooks of the lab and says how long each took, and how much memory.
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
  for (const result of results) console.log(runLine(result));
  const failed = results.filter(({ failure }) => failure !== undefined);
  if (failed.length > 0) {
    throw new Error(`Failed: ${failed.map(({ name }) => name).join(', ')}. See the errors above.`);
  }
}

/** `04-dynamic-quantization: 92.1 s (first cell done after 2.1 s; most memory 812 MB)` */
function runLine({ name, seconds, readySeconds, memory, failure }: RunResult): string {
  const details = [
    ...(readySeconds === undefined ? [] : [`first cell done after ${readySeconds.toFixed(1)} s`]),
    ...(memory === undefined ? [] : [`most memory ${(memory / 1e6).toFixed(0)} MB`]),
  ];
  const found = details.length > 0 ? ` (${details.join('; ')})` : '';
  return `${name}: ${seconds.toFixed(1)} s${found}${failure ? ', FAILED' : ''}`;
}
