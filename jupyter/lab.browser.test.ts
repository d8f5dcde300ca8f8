/**
 * The lab's notebooks in JupyterLab, in a real browser without a network: the first one is run and looked
 * at, and of all an executed copy is opened as that of a stranger.
 */
import { cpSync, existsSync, mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { launchBrowser } from '#setup/browser';
import { root } from '#setup/environment';
import { notebookNames } from '#setup/notebooks';
import { codeCells, openNotebook, runAll, waitUntilDrawn } from '#jupyter/labPage';
import { startLabServer, type LabServer } from '#jupyter/labServer';
import { readNotebook, writeNotebook, type Notebook } from '#jupyter/notebookFile';

/** Time that a notebook has to run, in ms. */
const patience = 5 * 60_000;

const folder = path.join('build', 'lab-test');
const names = notebookNames();
const outside: string[] = [];
let server: LabServer;
let browser: Browser;

beforeAll(async () => {
  const directory = path.join(root, folder);
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  cpSync(path.join(root, 'notebooks', names[0]), path.join(directory, names[0]));
  server = await startLabServer(path.join(directory, 'jupyter'), { LAB_SAMPLE: '1' });
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

test(
  'Run All runs all cells, and draws all figures and tables',
  async () => {
    await lookAt(names[0], async (page) => {
      await runAll(page, patience);
      const cells = (await codeCells(page)).filter(({ empty }) => !empty);
      expect(cells.flatMap(({ errors }) => errors)).toEqual([]);
      expect(cells.map(({ executionCount }) => executionCount)).toEqual(cells.map((_, i) => i + 1));
      await waitUntilDrawn(page, cells);
    });
  },
  patience,
);

test.each(names)(
  '%s: figures and tables are there when an untrusted copy is opened',
  async (name) => {
    writeNotebook(path.join(root, folder, `stranger-${name}`), executedNotebook(name));
    await lookAt(`stranger-${name}`, async (page) => {
      const cells = await codeCells(page);
      expect(cells.some(({ figures, tables }) => figures + tables > 0)).toBe(true);
      expect(cells.some(({ trusted, figures }) => trusted && figures > 0)).toBe(false);
      await waitUntilDrawn(page, cells);
    });
    await server.endKernels();
  },
  patience,
);

/** A notebook with outputs: as npm test has just executed it, else as it is published. */
function executedNotebook(name: string): Notebook {
  const files = ['build/test', 'notebooks'].map((place) => path.join(root, place, name));
  const executed = files.filter((file) => existsSync(file)).map(readNotebook);
  const found = executed.find(({ cells }) => cells.some(({ outputs }) => outputs?.length));
  if (found === undefined) throw new Error(`${name} has not been executed yet: run npm test.`);
  return found;
}

test('no request left the machine', () => {
  expect(outside).toEqual([]);
});
