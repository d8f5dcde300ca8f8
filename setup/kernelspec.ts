/** Makes the TypeScript kernel known to the Jupyter of .venv. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { writeWhole } from '#lib/wholeFile';
import { root, venv } from '#setup/environment';
import type { Step } from '#setup/step';

/** Name that notebooks, nbclient and JupyterLab know the kernel by. */
export const kernelName = 'quantization-lab';

const file = path.join(venv, 'share', 'jupyter', 'kernels', kernelName, 'kernel.json');

/** Content of kernel.json. Absolute paths, so it is made on each machine. */
export function kernelspec(node: string, repository: string): object {
  return {
    argv: [node, path.join(repository, 'jupyter', 'launch.cjs'), '{connection_file}'],
    display_name: 'TypeScript (quantization lab)',
    language: 'typescript',
    interrupt_mode: 'message',
  };
}

export const kernelspecStep: Step = {
  name: 'Kernel',
  does: 'makes the TypeScript kernel known to Jupyter',
  inputs: () => [JSON.stringify(kernelspec(process.execPath, root))],
  present: () => existsSync(file),
  run: () => {
    writeWhole(file, JSON.stringify(kernelspec(process.execPath, root), null, 2));
    return Promise.resolve(path.relative(root, file));
  },
};
