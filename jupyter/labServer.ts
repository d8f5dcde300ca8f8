import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { environment, root } from '#setup/environment';
import { jupyterLab } from '#setup/jupyterLab';

/** JupyterLab as `npm run lab` starts it, for a test: without a browser, and with settings of its own. */
export interface LabServer {
  /**
   * Address of a page of JupyterLab that shows a notebook and nothing else.
   *
   * @param notebook path in the repository
   */
  address(notebook: string): string;
  /** Ends all kernels. */
  endKernels(): Promise<void>;
  close(): Promise<void>;
}

/** Time that JupyterLab has to start, in ms. */
const patience = 60_000;

/**
 * Starts JupyterLab.
 *
 * @param home folder for its settings and state
 * @param env variables for the kernels
 * @throws Error with the end of its log if it does not start
 */
export async function startLabServer(home: string, env: NodeJS.ProcessEnv): Promise<LabServer> {
  const [program, ...defaults] = jupyterLab();
  const port = await freePort();
  const token = randomUUID();
  const args = [
    ...defaults,
    '--no-browser',
    '--expose-app-in-browser',
    `--ServerApp.port=${port}`,
    '--ServerApp.port_retries=0',
    `--IdentityProvider.token=${token}`,
  ];
  const server = spawn(program, args, {
    cwd: root,
    stdio: ['ignore', 'ignore', 'pipe'],
    env: {
      ...environment(),
      ...env,
      JUPYTER_CONFIG_DIR: path.join(home, 'config'),
      JUPYTER_DATA_DIR: path.join(home, 'data'),
      JUPYTER_RUNTIME_DIR: path.join(home, 'runtime'),
    },
  });
  let log = '';
  server.stderr.setEncoding('utf8').on('data', (text: string) => (log = (log + text).slice(-4000)));
  const origin = `http://127.0.0.1:${port}`;
  const call = (route: string, method = 'GET'): Promise<Response> =>
    fetch(`${origin}/api/${route}`, { method, headers: { Authorization: `token ${token}` } });
  const close = async (): Promise<void> => {
    if (server.exitCode !== null) return;
    server.kill('SIGTERM'); // It ends its kernels.
    await once(server, 'close');
  };

  const start = performance.now();
  while (
    !(await call('status').then(
      ({ ok }) => ok,
      () => false,
    ))
  ) {
    if (server.exitCode === null && performance.now() - start < patience) await sleep(200);
    else {
      await close();
      throw new Error(`JupyterLab did not start:\n${log}`);
    }
  }
  return {
    address: (notebook) =>
      `${origin}/lab/workspaces/${randomUUID()}/tree/${notebook}?token=${token}`,
    endKernels: async () => {
      let response = await call('kernels');
      while (!response.ok) {
        await sleep(500); // A kernel is just starting.
        response = await call('kernels');
      }
      const kernels = (await response.json()) as { id: string }[];
      for (const { id } of kernels) await call(`kernels/${id}`, 'DELETE');
    },
    close,
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
