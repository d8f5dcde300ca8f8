import { createRequire } from 'node:module';
import type { Browser } from 'playwright-core';
import type * as Plotly from 'plotly.js-dist';
import type { PlotlyFigure } from '#lib/report/figure';
import { escape } from '#lib/report/grid';

export interface NamedFigure {
  /** Names the file, and must be unlike that of any other figure. */
  readonly name: string;
  /** What the figure shows, in words. */
  readonly alt: string;
  readonly figure: PlotlyFigure;
}

/**
 * Draws figures with Plotly in a browser that reaches no network.
 *
 * The same figure gives the same bytes with the same browser and fonts, and ids that no other
 * figure has, so that pictures can stand together in one page.
 *
 * @returns one SVG document for each figure, in order
 * @throws Error naming the figure if it has an attribute or a value that Plotly doesn't know
 */
export async function* drawFigures(
  browser: Browser,
  figures: Iterable<NamedFigure>,
): AsyncGenerator<string> {
  const context = await browser.newContext({ offline: true });
  try {
    const page = await context.newPage();
    await page.addScriptTag({ path: createRequire(__filename).resolve('plotly.js-dist') });
    for (const named of figures) {
      const { svg, mistakes } = await page.evaluate(draw, named);
      if (mistakes.length > 0) throw new Error(`figure ${named.name}: ${mistakes.join('; ')}`);
      yield svg.replace('<svg ', `<svg role="img" aria-label="${escape(named.alt)}" `);
    }
  } finally {
    await context.close();
  }
}

/** Runs in the browser. */
async function draw({ name, figure }: NamedFigure): Promise<{ svg: string; mistakes: string[] }> {
  const { Plotly: plotly } = globalThis as unknown as { Plotly: typeof Plotly };
  // Plotly takes the ids of a picture's parts from Math.random: seeded with the name (FNV-1a), they
  // are the same each time, and others in each figure.
  let state = 2166136261;
  for (const character of name) state = Math.imul(state ^ character.charCodeAt(0), 16777619);
  Math.random = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  const { data, layout } = figure;
  // The types leave out that a figure without mistakes gives undefined.
  const mistakes = plotly.validate(data, layout) as Plotly.ValidateResult[] | undefined;
  const { width, height } = layout;
  // The types leave out imageDataOnly: SVG text, not a data URL.
  const options = { format: 'svg', width, height, imageDataOnly: true } as const;
  const svg = await plotly.toImage({ data, layout }, options);
  // The house style sets what some figures have no use for, and Plotly takes copies of what its sliders
  // do for something else.
  const wrong =
    mistakes?.filter(({ code, path }) => code !== 'unused' && !path.includes('args')) ?? [];
  return { svg, mistakes: wrong.map(({ msg }) => msg) };
}
