import type { ScatterData } from 'plotly.js-dist';
import { expect, test } from 'vitest';
import { curveFigure, lossFigure } from '#lib/report/curveFigures';

test('a loss curve shows the mean of every twenty steps, in their middle', () => {
  const losses = Float32Array.from({ length: 45 }, (_, step) => step);
  const { data } = lossFigure({ mnist: losses }, { title: '' });
  const [curve] = data as ScatterData[];
  expect(curve).toMatchObject({ name: 'mnist', x: [10, 30], y: [9.5, 29.5] });
});

test('a curve is told by its ends and its extremes', () => {
  const curves = [{ name: 'layer1', x: [2, 4, 8], y: [0.5, 0.0125, 0.25] }];
  const { alt, layout } = curveFigure(curves, { title: '', x: 'Bits', y: 'Error' });
  expect(alt).toBe(
    'Error by Bits. layer1: from 0.5 at 2 to 0.25 at 8, least 0.0125 at 4, greatest 0.5 at 2.',
  );
  expect(layout.xaxis).toMatchObject({ tickvals: [2, 4, 8] });
});

test('intervals are drawn as bars', () => {
  const curves = [
    { name: 'mnist', x: [1, 4], y: [0.5, 2], intervals: [[0.25, 1] as const, [1, 2.5] as const] },
  ];
  const { data } = curveFigure(curves, { title: '', x: 'Examples', y: 'Points' });
  expect((data as ScatterData[])[0].error_y).toMatchObject({
    array: [0.5, 0.5],
    arrayminus: [0.25, 1],
  });
});
