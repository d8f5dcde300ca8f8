/** The Python environment that tests compare ours with: ONNX Runtime's quantizers, ONNX's test cases. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { cache, pythonOf, root } from '#setup/environment';
import { makeEnvironment } from '#setup/python';
import { run } from '#setup/run';
import type { Step } from '#setup/step';

const oracle = path.join(cache, 'oracle');

/** Python of the environment. */
export const oraclePython = pythonOf(oracle);

/** Folder of the later `onnx` package whose test cases of QLinearMatMul are right. */
export const correctedOnnx = path.join(oracle, 'onnx-corrected');

const folder = path.join(root, 'lib', 'quantizers', 'oracle');
const requirements = path.join(folder, 'requirements.txt');
const correctedRequirements = path.join(folder, 'onnx-corrected.txt');

export const oracleStep: Step = {
  name: 'Oracle',
  does: "makes .cache/oracle with ONNX Runtime's Python package, for tests only (downloads 75 MB)",
  // The environment holds absolute paths: a moved checkout needs a new one.
  inputs: () => [
    root,
    ...[requirements, correctedRequirements].map((f) => readFileSync(f, 'utf8')),
  ],
  present: () => existsSync(oraclePython) && existsSync(correctedOnnx),
  run: async () => {
    const { log, how } = await makeEnvironment(oracle, 11, 'oracle');
    const pip = ['-m', 'pip', 'install', '--no-user', '--only-binary=:all:', '--require-hashes'];
    await run(oraclePython, [...pip, '-r', requirements], { log });
    const corrected = ['--no-deps', '--target', correctedOnnx, '-r', correctedRequirements];
    await run(oraclePython, [...pip, ...corrected], { log });
    return how;
  },
  without:
    'The conformance tests will fail: they compare with ONNX Runtime 1.32, which needs Python 3.11 or ' +
    'later. The notebooks do without.',
};
