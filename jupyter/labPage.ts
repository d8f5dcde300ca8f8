/** A notebook in JupyterLab, in a browser. Parts of JupyterLab's own objects are typed as far as used. */
import type { Locator, Page } from 'playwright-core';
import { figureType } from '#lib/report/figure';

interface OutputJson {
  readonly output_type: string;
  readonly data?: Readonly<Record<string, unknown>>;
  readonly traceback?: readonly string[];
}

interface CellWidget {
  readonly model: {
    readonly type: string;
    readonly trusted: boolean;
    readonly executionCount: number | null;
    readonly executionState: 'idle' | 'running';
    readonly outputs: { readonly length: number; get(index: number): { toJSON(): OutputJson } };
    readonly sharedModel: { getSource(): string };
  };
}

interface JupyterLab {
  readonly jupyterapp: {
    readonly shell: {
      readonly currentWidget: {
        readonly content: {
          readonly widgets: readonly CellWidget[];
          readonly model: { readonly cells: { readonly length: number } } | null;
          scrollToItem(index: number): Promise<void>;
        } | null;
        readonly sessionContext: {
          readonly session: { readonly kernel: { readonly status: string } | null } | null;
        };
        readonly context?: { readonly isReady: boolean };
      };
    };
  };
}

/** A code cell with what it shows. */
export interface CodeCell {
  readonly index: number;
  readonly empty: boolean;
  readonly trusted: boolean;
  readonly executionCount: number | null;
  readonly errors: readonly string[];
  readonly figures: number;
  readonly tables: number;
}

/** Longest time for JupyterLab to show a notebook, or to start its kernel, in ms. */
const patience = 120_000;
/** Longest time for a figure or table to be drawn, in ms. */
const drawPatience = 30_000;

/** Opens a notebook and waits until it is shown. */
export async function openNotebook(page: Page, address: string): Promise<void> {
  await page.goto(address);
  const shown = (): boolean => {
    const { content, context } = (globalThis as unknown as JupyterLab).jupyterapp.shell
      .currentWidget;
    return context?.isReady === true && content?.widgets.length === content?.model?.cells.length;
  };
  await page.locator('.jp-Notebook .jp-Cell').first().waitFor({ timeout: patience });
  await page.waitForFunction(shown, undefined, { timeout: patience });
}

/** Waits until the kernel has started and runs nothing. */
export async function waitUntilIdle(page: Page, timeout: number): Promise<void> {
  const idle = (): boolean => {
    const { currentWidget } = (globalThis as unknown as JupyterLab).jupyterapp.shell;
    const cells = currentWidget.content?.widgets ?? [];
    return (
      currentWidget.sessionContext.session?.kernel?.status === 'idle' &&
      cells.every(({ model }) => model.type !== 'code' || model.executionState === 'idle')
    );
  };
  await page.waitForFunction(idle, undefined, { timeout, polling: 100 });
}

/** Chooses a command in the menu. */
export async function choose(page: Page, menu: string, command: string): Promise<void> {
  await page.getByRole('menuitem', { name: menu, exact: true }).click();
  await page.locator('.lm-Menu-itemLabel').getByText(command, { exact: true }).click();
}

/** Chooses Run All in the menu, and waits until all cells have run or one has failed. */
export async function runAll(page: Page, timeout: number): Promise<void> {
  await waitUntilIdle(page, patience);
  await choose(page, 'Run', 'Run All Cells');
  await waitUntilRun(page, timeout);
}

/** Chooses Restart Kernel and Run All in the menu, confirms, and waits as {@link runAll} does. */
export async function restartAndRunAll(page: Page, timeout: number): Promise<void> {
  await choose(page, 'Kernel', 'Restart Kernel and Run All Cells…');
  await page.locator('.jp-Dialog .jp-mod-accept').click();
  await waitUntilRun(page, timeout);
}

/** Waits until the first cell has run, and then until no cell waits. */
async function waitUntilRun(page: Page, timeout: number): Promise<void> {
  await page
    .locator('.jp-InputPrompt')
    .filter({ hasText: /^\[1\]/ })
    .waitFor({ timeout });
  await waitUntilIdle(page, timeout);
}

/** A cell of the notebook, by its number among all cells, from 0. */
export function cellLocator(page: Page, index: number): Locator {
  return page.locator(`.jp-Cell[data-windowed-list-index="${index}"]`);
}

/** Runs a cell as a user does: clicks into it and presses Shift+Enter. Does not wait for its end. */
export async function startCell(page: Page, index: number): Promise<void> {
  await cellLocator(page, index).locator('.cm-content').click();
  await page.keyboard.press('Shift+Enter');
}

/** Runs a cell as {@link startCell} does, and waits for its end. */
export async function runCell(page: Page, index: number, timeout: number): Promise<void> {
  const [{ executionCount: before }] = (await codeCells(page)).filter(
    (cell) => cell.index === index,
  );
  await startCell(page, index);
  const counted = (cell: { index: number; before: number | null }): boolean => {
    const { content } = (globalThis as unknown as JupyterLab).jupyterapp.shell.currentWidget;
    const count = content?.widgets[cell.index].model.executionCount ?? null;
    return count !== null && count !== cell.before;
  };
  await page.waitForFunction(counted, { index, before }, { timeout, polling: 50 });
  await waitUntilIdle(page, timeout);
}

/** Replaces the code of a cell, at the keyboard. */
export async function typeInto(page: Page, index: number, code: string): Promise<void> {
  await cellLocator(page, index).locator('.cm-content').click();
  await page.keyboard.press('ControlOrMeta+A');
  await page.keyboard.insertText(code);
}

/** The text below a cell. */
export async function outputText(page: Page, index: number): Promise<string> {
  return cellLocator(page, index).locator('.jp-OutputArea').innerText();
}

/** The code cells of the notebook that the page shows. */
export async function codeCells(page: Page): Promise<CodeCell[]> {
  return page.evaluate((figure) => {
    const { content } = (globalThis as unknown as JupyterLab).jupyterapp.shell.currentWidget;
    return (content?.widgets ?? []).flatMap(({ model }, index) => {
      if (model.type !== 'code') return [];
      const outputs = Array.from({ length: model.outputs.length }, (_, i) =>
        model.outputs.get(i).toJSON(),
      );
      return {
        index,
        empty: model.sharedModel.getSource().trim() === '',
        trusted: model.trusted,
        executionCount: model.executionCount,
        errors: outputs.flatMap(({ traceback }) => traceback?.join('\n') ?? []),
        figures: outputs.filter(({ data }) => data && figure in data).length,
        tables: outputs.filter(({ data }) => String(data?.['text/html']).includes('<table')).length,
      };
    });
  }, figureType);
}

/**
 * Scrolls through the notebook, and waits until all figures and tables of the cells are drawn.
 *
 * @throws Error that names the cell and what is missing
 */
export async function waitUntilDrawn(page: Page, cells: readonly CodeCell[]): Promise<void> {
  for (const { index, figures, tables } of cells) {
    if (figures + tables === 0) continue;
    await page.evaluate(async (item) => {
      const { content } = (globalThis as unknown as JupyterLab).jupyterapp.shell.currentWidget;
      await content?.scrollToItem(item);
    }, index);
    const cell = cellLocator(page, index).locator('.jp-OutputArea');
    await eachDrawn(cell.locator('.jp-RenderedHTML table'), tables, `cell ${index + 1}: table`);
    // JupyterLab shows a figure of a saved notebook as a picture until the mouse is over it.
    const plots = cell.locator('.jp-RenderedPlotly');
    for (let number = 0; number < figures; number++) await plots.nth(number).hover();
    await eachDrawn(plots.locator('.main-svg:first-child'), figures, `cell ${index + 1}: figure`);
  }
}

async function eachDrawn(parts: Locator, count: number, what: string): Promise<void> {
  for (let number = 0; number < count; number++) {
    const part = parts.nth(number);
    await part.waitFor({ timeout: drawPatience }).catch(() => {
      throw new Error(`${what} ${number + 1} of ${count} is not drawn`);
    });
  }
}
