/** The Python environment that tests compare ours with: ONNX Runtime's quantizers, ONNX's test cases. */
import { existsSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { cache, pythonOf, root } from '#setup/environment';
import { systemPython } from '#setup/python';
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
    const python = systemPython(11);
    const log = path.join(cache, 'logs', 'oracle.log');
    const pip = ['-m', 'pip', 'install', '--no-user', '--only-binary=:all:', '--require-hashes'];
    await rm(log, { force: true });
    await rm(oracle, { recursive: true, force: true });
    await run(python.executable, ['-m', 'venv', oracle], { log });
    await run(oraclePython, [...pip, '-r', requirements], { log });
    const corrected = ['--no-deps', '--target', correctedOnnx, '-r', correctedRequirements];
    await run(oraclePython, [...pip, ...corrected], { log });
    return `made with Python ${python.version.join('.')} (${python.executable})`;
  },
  without:
    'The conformance tests will fail: they compare with ONNX Runtime 1.32, which needs Python 3.11 or ' +
    'later. The notebooks do without.',
};
