/** The published notebooks, read where no script runs: on a forge's viewer, in a mail, on paper. */
import path from 'node:path';
import { expect, test } from 'vitest';
import { readNotebook } from '#jupyter/notebookFile';
import { figureType, type PlotlyFigure } from '#lib/report/figure';
import { escape } from '#lib/report/grid';
import { root } from '#setup/environment';
import { notebookNames } from '#setup/notebooks';

/** What a cell shows, by notebook; nothing of one that has not been executed yet. */
const shown = notebookNames().map((name) => {
  const { cells } = readNotebook(path.join(root, 'notebooks', name));
  const outputs = cells.flatMap(({ outputs = [] }) => outputs);
  const bundles = outputs.map(({ data }) => data).filter((data) => data !== undefined);
  return { name, bundles };
});
const executed = shown.filter(({ bundles }) => bundles.length > 0);

/** A text that may stand in one piece or, as Jupyter writes it, in lines. */
const text = (value: unknown): string => (Array.isArray(value) ? value.join('') : String(value));

test('there are executed notebooks', () => {
  expect(executed).not.toEqual([]);
});

test.each(executed)('$name: every figure has its picture, with its description', ({ bundles }) => {
  for (const data of bundles.filter((data) => figureType in data)) {
    const { layout } = data[figureType] as PlotlyFigure;
    const { name, alt } = layout.meta as { name: string; alt: string };
    const svg = text(data['image/svg+xml']);
    expect(svg.slice(0, 5000), name).toContain(`<svg role="img" aria-label="${escape(alt)}"`);
  }
});

test.each(executed)('$name: nothing needs a script or another host', ({ bundles }) => {
  for (const data of bundles) {
    expect(Object.keys(data).filter((type) => type.includes('javascript'))).toEqual([]);
    for (const type of ['text/html', 'image/svg+xml']) {
      const markup = text(data[type] ?? '');
      expect(markup).not.toMatch(/<script|<iframe|\son\w+=|(?:src|href)="(?!#|data:)/i);
    }
    // Whatever is shown can be read as text, too.
    expect(text(data['text/plain'] ?? '')).not.toBe('');
  }
});

test.each(executed)('$name: every table is HTML with a caption and headers', ({ bundles }) => {
  const tables = bundles
    .map((data) => text(data['text/html'] ?? ''))
    .filter((html) => html.includes('<table'));
  expect(tables).not.toEqual([]);
  for (const table of tables) expect(table).toMatch(/<caption.*<th scope="col"/s);
});
