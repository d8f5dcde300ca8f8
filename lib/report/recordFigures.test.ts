import type { ScatterData } from 'plotly.js-dist';
import { expect, test } from 'vitest';
import { exampleRecords } from '#lib/report/exampleRecords';
import {
  costFigure,
  latencyAccuracyFigure,
  latencyFigure,
  sizeAccuracyFigure,
} from '#lib/report/recordFigures';

test('each model has a panel, each quantization one look in all of them', () => {
  const { data, layout } = sizeAccuracyFigure(exampleRecords);
  const traces = data as ScatterData[];
  expect(layout.annotations?.map(({ text }) => text)).toEqual(['mnist', 'sst2']);
  const names = ['float32', 'dynamic float16', 'dynamic int8', 'static int8', 'weight-only int4'];
  expect(traces.map(({ name }) => name)).toEqual([...names, ...names]);
  expect(traces[7].marker).toEqual(traces[2].marker);
  expect(traces.map(({ showlegend }) => showlegend).filter(Boolean)).toHaveLength(5);
  expect(traces[2]).toMatchObject({ x: [1.471], xaxis: 'x', yaxis: 'y' });
  expect(traces[7]).toMatchObject({ xaxis: 'x2', yaxis: 'y2' });
});

test('a quantization looks the same where another is missing', () => {
  const dynamicless = exampleRecords.filter(({ quantization }) => quantization !== 'D');
  for (const figure of [
    (records: typeof exampleRecords) => sizeAccuracyFigure(records),
    (records: typeof exampleRecords) => latencyFigure(records, { batchSizes: [1, 64] }),
  ]) {
    const look = (records: typeof exampleRecords, name: string): unknown =>
      (figure(records).data as ScatterData[]).find((trace) => trace.name === name)?.marker;
    expect(look(dynamicless, 'static int8')).toEqual(look(exampleRecords, 'static int8'));
    expect(look(dynamicless, 'static int8')).not.toEqual(look(dynamicless, 'float32'));
  }
});

test('four models stand in two columns of a higher figure', () => {
  const four = exampleRecords.flatMap((record) => [
    record,
    { ...record, model: `${record.model}-lab1` },
  ]);
  const { layout } = sizeAccuracyFigure(four);
  expect(layout.grid).toMatchObject({ rows: 2, columns: 2 });
  expect(layout.annotations?.map(({ text }) => text)).toEqual([
    'mnist',
    'mnist-lab1',
    'sst2',
    'sst2-lab1',
  ]);
});

test('accuracy has the standard error of its test set, latency that of its runs', () => {
  const [float32] = latencyAccuracyFigure(exampleRecords, { batchSize: 64 }).data as ScatterData[];
  expect(float32.x).toEqual([2200]);
  expect(float32.error_x?.array?.[0]).toBeCloseTo(Math.sqrt(5000), 9);
  // sqrt(0.9735 * 0.0265 / 10000), in percent
  expect(float32.error_y?.array?.[0]).toBeCloseTo(0.16062, 5);
});

test('the description says every number that the figure shows', () => {
  expect(sizeAccuracyFigure(exampleRecords).alt).toMatch(
    /^mnist: float32 5\.88 MB, 97\.35 %; dynamic float16 2\.94 MB, 97\.35 %; .* sst2: float32 11\.3 MB/,
  );
  expect(costFigure(exampleRecords, { batchSize: 1 }).alt).toContain(
    'sst2: float32 5.65 MFLOP, 200 ± 14 µs at batch 1, 81.88 %.',
  );
});

test('costs are drawn in a row of panels for each data set, as accuracies of two say nothing together', () => {
  const { data, layout } = costFigure(exampleRecords, { batchSize: 1 });
  expect(layout.grid).toMatchObject({ rows: 2, columns: 3 });
  expect(layout.annotations?.map(({ text }) => text)).toEqual([
    'MNIST, cost and time',
    'MNIST, cost and quality',
    'MNIST, time and quality',
    'SST-2, cost and time',
    'SST-2, cost and quality',
    'SST-2, time and quality',
  ]);
  const axes = (data as ScatterData[]).map(({ name, yaxis }) => [name, yaxis]);
  expect(axes.slice(2, 4)).toEqual([
    ['mnist', 'y3'],
    ['sst2', 'y4'],
  ]);
});

test('generated data is named under the title', () => {
  const [record] = exampleRecords;
  const generated = { ...record, dataset: { ...record.dataset, origin: 'generated' as const } };
  expect(sizeAccuracyFigure([generated]).subtitle).toContain('generated sample (MNIST)');
});

test('a batch size that was not measured is refused', () => {
  expect(() => latencyFigure(exampleRecords, { batchSizes: [1, 8] })).toThrow(
    'mnist (float32) was not measured at batch 8',
  );
});
