import { expect, test } from 'vitest';
import { plot, plotlyFigure, type Figure } from '#lib/report/figure';

const figure: Figure = {
  title: 'Size against accuracy',
  alt: 'Two points.',
  data: [{ type: 'scatter', x: Float32Array.of(0.1, 2), y: [1 / 3, NaN] }],
  layout: { xaxis: { title: { text: 'Size (MB)' } }, yaxis: { title: { text: 'Accuracy (%)' } } },
};

test('a figure is plain JSON, with six digits and no typed arrays', () => {
  const { data } = plotlyFigure(figure, '04-q10-size');
  expect(data).toEqual([{ type: 'scatter', x: [0.1, 2], y: [0.333333, null] }]);
});

test('it carries its name and its description to the export', () => {
  const { layout } = plotlyFigure(figure, '04-q10-size');
  expect(layout).toMatchObject({ meta: { name: '04-q10-size', alt: 'Two points.' } });
});

test('a long title is broken into lines, with room for them and for the subtitle', () => {
  const plain = plotlyFigure(figure, '04-q10-size').layout;
  const long = plotlyFigure(
    { ...figure, title: 'word '.repeat(30).trim(), subtitle: 'MNIST' },
    '04-q10-size',
  ).layout;
  expect(plain.title?.text).toBe('Size against accuracy');
  const lines = long.title?.text?.split('<br>') ?? [];
  expect(lines).toHaveLength(4);
  expect(Math.max(...lines.slice(0, 3).map((line) => line.length))).toBeLessThanOrEqual(64);
  expect(long.margin?.t).toBeGreaterThan(plain.margin?.t ?? 0);
});

test.each(['size', 'q10-size', '04-Q10', '04-a/b'])('%s names no figure', (name) => {
  expect(() => {
    plot(figure, { name });
  }).toThrow('write it like 04-q10-size-accuracy');
});
