/** Processes that tests start, watch and kill. */
import { spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { environment, root } from '#setup/environment';

declare module 'vitest' {
  interface TaskMeta {
    /** What a fault led to, as the user sees it: for the table that `npm run faults` writes. */
    outcome?: string;
  }
}

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export interface Child {
  /** Waits until the process has printed a text, on standard output or error. */
  readonly printed: (text: string) => Promise<void>;
  /** Ctrl-C in a terminal: asks the process and all that it started to stop. */
  readonly interrupt: () => void;
  /** Kills the process and all that it started, as the system does: without a chance to clean up. */
  readonly kill: () => Promise<void>;
  readonly ended: Promise<Ended>;
}

/** Starts a program of the lab, in a process group of its own. */
export function startProgram(
  program: string,
  args: readonly string[],
  { cwd = root, env = {} }: { cwd?: string; env?: NodeJS.ProcessEnv } = {},
): Child {
  const child = spawn(program, args, {
    cwd,
    env: { ...environment(), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  let [out, err] = ['', ''];
  const news = new EventEmitter();
  child.stdout.setEncoding('utf8').on('data', (text: string) => news.emit('text', (out += text)));
  child.stderr.setEncoding('utf8').on('data', (text: string) => news.emit('text', (err += text)));
  const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, out, err }));
  void ended.then(() => news.emit('text'));
  return {
    printed: async (text) => {
      while (!`${out}${err}`.includes(text)) {
        if (child.exitCode !== null) throw new Error(`it ended without "${text}":\n${out}${err}`);
        await once(news, 'text');
      }
    },
    interrupt: () => {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGINT');
    },
    kill: async () => {
      if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGKILL');
      await ended;
    },
    ended,
  };
}

/** Runs a piece of code in a process of its own, at the root of the repository: `require('#lib/…')`. */
export function startCode(code: string, env: NodeJS.ProcessEnv = {}): Child {
  const asynchronous = `(async () => {${code}})()`;
  return startProgram(process.execPath, ['--import', 'tsx', '-e', asynchronous], { env });
}
