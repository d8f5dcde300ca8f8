import type { BarData, HeatmapData, ScatterData } from 'plotly.js-dist';
import { expect, test } from 'vitest';
import { heatMapFigure, histogramFigure, histogramSliderFigure } from '#lib/report/weightFigures';

const weights = Float32Array.from({ length: 1000 }, (_, i) => Math.sin(i) / 2);
const coarse = weights.map((value) => Math.round(value * 6) / 6);

test('every weight falls into a bin, at the value it has', () => {
  const { data, alt } = histogramFigure({ float32: weights, coarse }, { title: 'Weights' });
  const [, histogram] = data as ScatterData[];
  const counts = histogram.y as number[];
  const centers = histogram.x as number[];
  expect(counts.reduce((sum, count) => sum + count)).toBe(1000);
  const filled = centers.filter((_, i) => counts[i] > 0);
  expect(filled).toHaveLength(7);
  filled.forEach((center, i) => {
    expect(Math.abs(center - (i - 3) / 6)).toBeLessThan(1 / 161);
  });
  expect(alt).toContain('coarse: 7 different values');
});

test('each step of the slider shows one histogram over that of the original', () => {
  const { data, layout, alt } = histogramSliderFigure(
    { label: 'float32', values: weights },
    [3, 2, 1].map((bits) => ({
      label: `${bits} bits`,
      values: weights.map((value) => Math.round(value * 2 ** bits) / 2 ** bits),
    })),
    { title: 'Weights' },
  );
  const traces = data as (BarData | ScatterData)[];
  expect(traces.map(({ visible }) => visible ?? true)).toEqual([false, true, false, true]);
  for (const { y } of traces) expect((y as number[]).reduce((a, b) => a + b)).toBe(1000);
  expect((traces[1].y as number[]).filter((count) => count > 0)).toHaveLength(5);
  const [slider] = layout.sliders ?? [];
  expect(slider.active).toBe(1);
  slider.steps?.forEach((step, i) => {
    const visible = [0, 1, 2].map((j) => i === j);
    expect(step.args).toEqual(['visible', [...visible, true]]);
  });
  expect(alt).toContain('2 bits, 5 different values');
});

test('a matrix keeps rows and columns, and its range is stated', () => {
  const values = [1, 2, 3, 4, 5, -6];
  const { data, alt } = heatMapFigure([{ name: 'W', values, rows: 2, columns: 3 }], {
    title: 'W',
  });
  const [map] = data as HeatmapData[];
  expect(map.z).toEqual([
    [1, 2, 3],
    [4, 5, -6],
  ]);
  expect(alt).toBe('Heat maps. W: -6.00 to 5.00.');
});
