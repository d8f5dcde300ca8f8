import type { ScatterData } from 'plotly.js-dist';
import { expect, test } from 'vitest';
import { evaluateModel } from '#lib/evaluation/accuracy';
import type { Dataset } from '#lib/loaders/dataset';
import { exportOnnx } from '#lib/models/exportOnnx';
import { initialNetwork } from '#lib/models/network';
import { sst2Model } from '#lib/models/spec';
import { encodeModel } from '#lib/onnx/model';
import { quantizeWeightOnly } from '#lib/quantizers/weightOnly';
import { seededRandom, uniform } from '#lib/random';
import { exampleRecords } from '#lib/report/exampleRecords';
import { fallbackAnswer, fallbackRows, fallbacks, type Fallback } from '#lib/experiments/fallback';
import { fallbackFigure } from '#lib/experiments/fallbackFigure';

/** Four answers of static int8, of which the first and the third changed. */
const byHand: Fallback = {
  model: 'mnist',
  quantization: 'S',
  dtype: 'qint8',
  margins: Float32Array.of(0.1, 0.5, 2, 3),
  shifts: Float32Array.of(0.2, 0.3, 2, 0.1),
  changed: [true, false, true, false],
  threshold: 1,
};

test('counts who is asked again, what stays changed and what it takes', () => {
  const [row] = fallbackRows([byHand], exampleRecords);
  expect(row).toEqual({
    Model: 'mnist',
    Form: 'static int8',
    Changed: 2,
    AUC: '0.750', // sklearn.metrics.roc_auc_score([1, 0, 1, 0], [-0.1, -0.5, -2, -3])
    'Threshold (logit)': '1.00',
    'Asked again (%)': '50.00',
    'Changed answers missed': 1,
    'Computed mean at B1 (µs)': '92.0', // 45 µs, and half of 94 µs
    'float32 at B1 (µs)': '94.0',
  });
});

test('answers as the numbers tell', () => {
  expect(fallbackAnswer([byHand], exampleRecords)).toMatch(
    /^Nearly: 1 of 2 changed answers of the 1 forms lie .* 1 of 1 forms take less time/,
  );
  const wide = { ...byHand, threshold: 2.5 };
  expect(fallbackAnswer([wide], exampleRecords)).toMatch(
    /^Yes: all 2 changed answers .* about 75\.0 % .* 0 of 1 forms take less time/,
  );
});

test('says so where no answer changed', () => {
  const unchanged = { ...byHand, changed: [false, false, false, false] };
  expect(fallbackAnswer([unchanged], exampleRecords)).toMatch(
    /^Nothing to know: none of the 1 forms changed an answer\. Float32 .* about 50\.0 % of/,
  );
});

test('a change beyond the shift can not be, and fails', () => {
  const wrong = { ...byHand, shifts: Float32Array.of(0.2, 0.3, 1.9, 0.1) };
  expect(() => fallbackAnswer([wrong], exampleRecords)).toThrow('margin exceeds its shift');
});

test('draws how many of the changed answers the least sure hold', () => {
  const { data, alt } = fallbackFigure([byHand], 'MNIST');
  const [curve, star] = data as ScatterData[];
  expect(curve).toMatchObject({ x: [25, 75], y: [50, 100] });
  expect(star).toMatchObject({ x: [50], y: [50] });
  expect(star.marker?.color).toBe(curve.line?.color);
  expect(alt).toBe('mnist static int8: all 2 changed answers among the 75 % least sure.');
  const single = { ...byHand, changed: byHand.changed.map((_, row) => row === 0) };
  expect(fallbackFigure([single], 'MNIST').alt).toContain(
    'static int8: the one changed answer among',
  );
});

test('a model without changed answers has an empty panel, with axes of its own', () => {
  const unchanged = { ...byHand, model: 'sst2', changed: [false, false, false, false] };
  const { data, layout, alt } = fallbackFigure([unchanged, byHand], 'both');
  expect(layout.annotations?.map(({ text }) => text)).toEqual(['sst2: no answer changed', 'mnist']);
  expect(alt).toMatch(/^sst2 static int8: no answer changed\. mnist static int8: all 2 /);
  expect((data as ScatterData[]).map(({ xaxis, x }) => [xaxis, x])).toEqual([
    ['x', [null]],
    ['x2', [25, 75]],
    ['x2', [50]],
  ]);
});

test('finds the answers that int4 changes, and none that float32 changes', async () => {
  const random = seededRandom(3);
  const model = encodeModel(exportOnnx(initialNetwork([32, 24, 2], random), 'net'));
  const values = Float32Array.from({ length: 32 * 500 }, () => uniform(random, -1, 1));
  const split = {
    features: { kind: 'dense', width: 32, values } as const,
    labels: new Uint8Array(500),
  };
  const dataset: Dataset = {
    name: 'SST-2',
    origin: 'generated',
    classes: 2,
    train: split,
    test: split,
    checksum: '',
  };
  const int4 = quantizeWeightOnly(model, { bits: 4, blockSize: 32 });
  const [same, four] = await fallbacks(
    { spec: sst2Model, model },
    dataset,
    [
      { quantization: '--', dtype: 'float32', model },
      { quantization: 'W', dtype: 'qint4', model: int4 },
    ],
    { examples: 500, seed: 1 },
  );
  expect(same.threshold).toBe(0);
  expect(same.changed).not.toContain(true);
  const predictions: Uint32Array[] = [];
  for (const each of [model, int4]) {
    predictions.push((await evaluateModel(each, split, { batchSize: 64 })).predictions);
  }
  const changed = Array.from(predictions[0], (choice, row) => choice !== predictions[1][row]);
  expect(four.changed).toEqual(changed);
  expect(changed.filter(Boolean).length).toBeGreaterThan(2);
  // The threshold is from the same examples, so nothing can be missed.
  expect(
    fallbackRows([{ ...four, model: 'sst2' }], exampleRecords)[0]['Changed answers missed'],
  ).toBe(0);
});
