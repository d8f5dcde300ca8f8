/** Who reaches JupyterLab as `npm run lab` starts it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { networkInterfaces, tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startLabServer, type LabServer } from '#jupyter/labServer';

const home = mkdtempSync(path.join(tmpdir(), 'lab-'));
let server: LabServer;
let origin: string;

beforeAll(async () => {
  server = await startLabServer(home, {});
  ({ origin } = new URL(server.address('01-hardware.ipynb')));
}, 120_000);

afterAll(async () => {
  await server.close();
  rmSync(home, { recursive: true });
});

test.each(['api/contents', 'api/kernels', 'api/kernelspecs', 'files/README.md'])(
  'a request for %s without the token',
  async (route) => {
    const { status, url } = await fetch(`${origin}/${route}`);
    const refused = [401, 403].includes(status) || url.includes('/login');
    expect(refused, `${status} ${url}`).toBe(true);
  },
);

test('a request from another machine', async () => {
  const outer = Object.values(networkInterfaces())
    .flat()
    .find((address) => address?.family === 'IPv4' && !address.internal);
  const address = outer?.address ?? '127.0.0.2'; // Another address of the loopback serves as well.
  const { port } = new URL(origin);
  await expect(fetch(`http://${address}:${port}/api/status`)).rejects.toThrow('fetch failed');
});
