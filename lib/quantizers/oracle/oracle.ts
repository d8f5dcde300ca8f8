/** Runs Python scripts for tests, in the environment that npm test sets up. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { correctedOnnx, oraclePython } from '#setup/oracle';
import { environment, root } from '#setup/environment';
import { run } from '#setup/run';

export interface OracleOptions {
  /** File that collects what the script prints. */
  readonly log: string;
  /** Whether `import onnx` shall give the later release; else the one of requirements.txt. */
  readonly corrected?: boolean;
}

/**
 * @param script its path, from this folder
 * @throws Error with the end of the log if the script fails, or that says how to get its Python
 */
export async function runOracle(
  script: string,
  args: readonly string[],
  { log, corrected = false }: OracleOptions,
): Promise<void> {
  if (!existsSync(oraclePython)) {
    throw new Error(
      `There is no Python to compare with (${path.relative(root, oraclePython)}): npm test makes it, ` +
        'and says why if it could not.',
    );
  }
  const env = { ...environment(), ...(corrected ? { PYTHONPATH: correctedOnnx } : {}) };
  await run(oraclePython, [path.join(__dirname, script), ...args], { env, log });
}
