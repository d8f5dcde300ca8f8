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
        readonly context?: { readonly isReady: boolean; save(): Promise<void> };
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

/** Chooses Run All in the menu, and waits until all cells have run or one has failed. */
export async function runAll(page: Page, timeout: number): Promise<void> {
  const idle = (): boolean => {
    const { currentWidget } = (globalThis as unknown as JupyterLab).jupyterapp.shell;
    const cells = currentWidget.content?.widgets ?? [];
    return (
      currentWidget.sessionContext.session?.kernel?.status === 'idle' &&
      cells.every(({ model }) => model.type !== 'code' || model.executionState === 'idle')
    );
  };
  await page.waitForFunction(idle, undefined, { timeout: patience });
  await page.getByRole('menuitem', { name: 'Run', exact: true }).click();
  await page.getByRole('menuitem', { name: 'Run All Cells', exact: true }).click();
  await page.locator('.jp-InputPrompt', { hasText: '[1]' }).waitFor({ timeout: patience });
  await page.waitForFunction(idle, undefined, { timeout, polling: 250 });
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
    const cell = page.locator(`.jp-Cell[data-windowed-list-index="${index}"] .jp-OutputArea`);
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

/** Saves the notebook. */
export async function save(page: Page): Promise<void> {
  await page.evaluate(async () => {
    await (globalThis as unknown as JupyterLab).jupyterapp.shell.currentWidget.context?.save();
  });
}
