/**
 * JupyterLab in a real browser, without a network: each notebook of the lab is run and looked at.
 * The kernels use the generated sample unless LAB_SAMPLE is set to something else.
 */
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { launchBrowser } from '#setup/browser';
import { root } from '#setup/environment';
import { codeCells, openNotebook, runAll, save, waitUntilDrawn } from '#jupyter/labPage';
import { startLabServer, type LabServer } from '#jupyter/labServer';

/** Time that a notebook has to run, in ms. */
const patience = 15 * 60_000;

const folder = path.join('build', 'lab-test');
const names = readdirSync(path.join(root, 'notebooks')).filter((file) => file.endsWith('.ipynb'));
const outside: string[] = [];
let server: LabServer;
let browser: Browser;

beforeAll(async () => {
  const directory = path.join(root, folder);
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  for (const name of names) cpSync(path.join(root, 'notebooks', name), path.join(directory, name));
  const env = { LAB_SAMPLE: process.env.LAB_SAMPLE ?? '1' };
  server = await startLabServer(path.join(directory, 'jupyter'), env);
  browser = await launchBrowser();
}, 120_000);

afterAll(async () => {
  await browser.close();
  await server.close();
});

/** Opens a notebook for a look; where that fails, a picture of the page is left beside the file. */
async function lookAt(file: string, look: (page: Page) => Promise<void>): Promise<void> {
  const page = await browser.newPage({ viewport: { width: 1400, height: 1000 } });
  page.on('request', (request) => {
    const { protocol, hostname } = new URL(request.url());
    if (/^(https?|wss?):$/.test(protocol) && hostname !== '127.0.0.1') outside.push(request.url());
  });
  try {
    await openNotebook(page, server.address(`${folder}/${file}`));
    await look(page);
  } catch (error) {
    await page.screenshot({ path: path.join(root, folder, `${file}.png`) });
    throw error;
  } finally {
    await page.close();
  }
}

test('there are notebooks', () => {
  expect(names).not.toEqual([]);
});

test.each(names)(
  '%s: Run All runs all cells and draws all figures and tables',
  async (name) => {
    await lookAt(name, async (page) => {
      await runAll(page, patience);
      const cells = (await codeCells(page)).filter(({ empty }) => !empty);
      expect(cells.flatMap(({ errors }) => errors)).toEqual([]);
      expect(cells.map(({ executionCount }) => executionCount)).toEqual(cells.map((_, i) => i + 1));
      await waitUntilDrawn(page, cells);
      await save(page);
    });
    await server.endKernels();
  },
  patience,
);

test.each(names)(
  '%s: figures and tables are there when an untrusted copy is opened',
  async (name) => {
    // JupyterLab trusts what it saved: a change makes it the file of a stranger.
    const executed = JSON.parse(readFileSync(path.join(root, folder, name), 'utf8')) as {
      metadata: Record<string, unknown>;
    };
    executed.metadata.stranger = true;
    writeFileSync(path.join(root, folder, `untrusted-${name}`), JSON.stringify(executed));
    await lookAt(`untrusted-${name}`, async (page) => {
      const cells = await codeCells(page);
      expect(cells.some(({ figures, tables }) => figures + tables > 0)).toBe(true);
      expect(cells.some(({ trusted, figures }) => trusted && figures > 0)).toBe(false);
      await waitUntilDrawn(page, cells);
    });
    await server.endKernels();
  },
  patience,
);

test('no request left the machine', () => {
  expect(outside).toEqual([]);
});
