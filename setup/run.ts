import { spawn } from 'node:child_process';
import { mkdirSync, openSync, closeSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { environment, root } from '#setup/environment';
import { interrupted } from '#setup/interrupt';

export interface RunOptions {
  /** Folder to run in; the repository unless given. */
  readonly cwd?: string;
  /** Environment; that of the lab unless given. */
  readonly env?: NodeJS.ProcessEnv;
  /** File that collects what the program prints; the terminal unless given. */
  readonly log?: string;
}

/**
 * Runs a program to its end. Ctrl-C stops the program, and then fails the call.
 *
 * @throws Error with the end of the program's log, if it cannot be started or its exit code is not 0
 */
export async function run(
  program: string,
  args: readonly string[],
  { cwd = root, env = environment(), log }: RunOptions = {},
): Promise<void> {
  interrupted.throwIfAborted();
  if (log !== undefined) mkdirSync(path.dirname(log), { recursive: true });
  const output = log === undefined ? 'inherit' : openSync(log, 'a');
  try {
    await new Promise<void>((resolve, reject) => {
      const child = spawn(program, args, { cwd, env, stdio: ['inherit', output, output] });
      const stop = (): void => {
        // Ctrl-C in a terminal has reached the program as well; a second signal would cut its end short.
        setTimeout(() => child.kill('SIGTERM'), 1000).unref();
        setTimeout(() => child.kill('SIGKILL'), 10_000).unref();
      };
      interrupted.addEventListener('abort', stop, { once: true });
      child.on('error', reject);
      child.on('close', (code, signal) => {
        interrupted.removeEventListener('abort', stop);
        if (interrupted.aborted) reject(new Error(`${path.basename(program)} was stopped`));
        else if (code === 0) resolve();
        else reject(new Error(failure(program, args, code ?? String(signal), log)));
      });
    });
  } finally {
    if (typeof output === 'number') closeSync(output);
  }
}

function failure(
  program: string,
  args: readonly string[],
  code: number | string,
  log: string | undefined,
): string {
  const command = [program, ...args].map((part) => path.basename(part)).join(' ');
  const line = `${command.slice(0, 120)} ended with ${code}`;
  if (log === undefined) return line;
  const end = readFileSync(log, 'utf8').trimEnd().split('\n').slice(-12).join('\n');
  return `${line}\n${end}\n(whole output: ${path.relative(root, log)})`;
}
