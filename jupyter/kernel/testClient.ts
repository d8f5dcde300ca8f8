/** The kernel as Jupyter sees it, for tests: the installed kernelspec, driven by jupyter_client. */
import { spawn } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { environment, root, venvPython } from '#setup/environment';
import { kernelName } from '#setup/kernelspec';

/** An output of a cell, or its `execute_input`: the content of the message with its type. */
export type Output = { readonly type: string } & Readonly<Record<string, unknown>>;

export interface Execution {
  readonly reply: Readonly<Record<string, unknown>>;
  readonly outputs: readonly Output[];
}

export interface TestClient {
  execute(cell: string, options?: { interrupt: boolean }): Promise<Execution>;
  /** Sends cells at once, before the first one runs. */
  executeAll(cells: readonly string[], stopOnError: boolean): Promise<Execution[]>;
  /** Makes a request of jupyter_client's KernelClient; returns the reply's content. */
  ask(method: string, ...args: readonly unknown[]): Promise<Record<string, unknown>>;
  interrupt(): Promise<void>;
  restart(): Promise<void>;
  /** Process id of the kernel. */
  process(): Promise<number>;
  shutdown(): Promise<void>;
  /** Kills the client without a word to the kernel. */
  kill(): void;
}

/** Starts a kernel. */
export function startTestClient(): TestClient {
  const script = path.join(root, 'jupyter', 'kernel', 'client.py');
  const client = spawn(venvPython, [script, kernelName], {
    cwd: root,
    env: environment(),
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface(client.stdout)[Symbol.asyncIterator]();
  const call = async (request: object): Promise<unknown> => {
    client.stdin.write(`${JSON.stringify(request)}\n`);
    const line = (await lines.next()) as IteratorResult<string, undefined>;
    if (line.value === undefined) throw new Error('The client of the kernel ended.');
    return JSON.parse(line.value) as unknown;
  };
  const execute = (request: object): Promise<unknown> => call({ do: 'execute', ...request });
  return {
    execute: async (cell, options) => {
      const [execution] = (await execute({ cells: [cell], ...options })) as [Execution];
      return execution;
    },
    executeAll: (cells, stopOnError) =>
      execute({ cells, stop_on_error: stopOnError }) as Promise<Execution[]>,
    ask: (method, ...args) =>
      call({ do: 'ask', method, arguments: args }) as Promise<Record<string, unknown>>,
    interrupt: async () => {
      await call({ do: 'interrupt' });
    },
    restart: async () => {
      await call({ do: 'restart' });
    },
    process: async () => (await call({ do: 'process' })) as number,
    shutdown: async () => {
      await call({ do: 'shutdown' });
      client.stdin.end();
    },
    kill: () => {
      client.kill('SIGKILL');
    },
  };
}
