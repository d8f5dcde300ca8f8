/** Runs notebooks without JupyterLab, as `npm start` and the tests do. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { environment, root, venvPython } from '#setup/environment';
import { interrupted } from '#setup/interrupt';
import { kernelName } from '#setup/kernelspec';
import { runDisplay, type Failure, type Place } from '#jupyter/runDisplay';

export interface RunResult {
  /** Name of the notebook without `.ipynb`. */
  readonly name: string;
  /** The executed notebook; up to the failing cell, with its error, after a failure. */
  readonly output: string;
  readonly seconds: number;
  /** From the start of the kernel to the end of the first cell, which imports from the library. */
  readonly readySeconds?: number;
  /** The most that one process of the notebook held, bytes; not measured on Windows. */
  readonly memory?: number;
  readonly failure?: Failure;
}

/** What run_notebook.py reports. */
type Report =
  | Place
  | { readonly progress: string }
  | { readonly warning: string }
  | { readonly ready: number }
  | { readonly memory: number }
  | { readonly failure: Failure };

/**
 * Executes notebooks one after the other, each in a fresh kernel, and shows how far they have come. A
 * failure in one does not keep the next from running.
 *
 * @param notebooks paths of notebooks
 * @param options.outputDirectory folder that the executed notebooks are written to, under their names
 * @param options.env environment of the kernels; that of the lab unless given
 * @throws Error if a notebook can't be executed at all, and when the user stops the command
 */
export async function runNotebooks(
  notebooks: readonly string[],
  { outputDirectory, env = environment() }: { outputDirectory: string; env?: NodeJS.ProcessEnv },
): Promise<RunResult[]> {
  await mkdir(outputDirectory, { recursive: true });
  const results: RunResult[] = [];
  for (const notebook of notebooks) {
    results.push(
      await runNotebook(notebook, path.join(outputDirectory, path.basename(notebook)), env),
    );
  }
  return results;
}

async function runNotebook(
  notebook: string,
  output: string,
  env: NodeJS.ProcessEnv,
): Promise<RunResult> {
  interrupted.throwIfAborted();
  const name = path.basename(notebook, '.ipynb');
  const display = runDisplay(name);
  const start = performance.now();
  const script = path.join(root, 'jupyter', 'run_notebook.py');
  const child = spawn(venvPython, [script, kernelName, notebook, output], {
    cwd: root,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const stop = (): void => {
    child.kill('SIGTERM'); // nbclient ends the kernel first.
  };
  interrupted.addEventListener('abort', stop, { once: true });
  let log = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (log = (log + text).slice(-4000)));
  const closed = once(child, 'close') as Promise<[code: number | null]>;
  let failure: Failure | undefined;
  let readySeconds: number | undefined;
  let memory: number | undefined;
  try {
    for await (const line of createInterface(child.stdout)) {
      const report = JSON.parse(line) as Report;
      if ('failure' in report) failure = report.failure;
      else if ('ready' in report) readySeconds = report.ready;
      else if ('memory' in report) memory = report.memory;
      else if ('progress' in report) display.progress(report.progress);
      else if ('warning' in report) display.warning(report.warning);
      else display.cell(report);
    }
    const [code] = await closed;
    interrupted.throwIfAborted();
    if (code !== 0 && failure === undefined) {
      throw new Error(`${name} could not be executed:\n${log.trimEnd()}`);
    }
  } finally {
    interrupted.removeEventListener('abort', stop);
    display.end(failure);
  }
  const seconds = (performance.now() - start) / 1000;
  return { name, output, seconds, readySeconds, memory, failure };
}
