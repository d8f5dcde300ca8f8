import { expect, test } from 'vitest';
import {
  compositionCurves,
  compositionFindings,
  compositionRows,
  flipFinding,
  type NamedComposition,
} from '#lib/experiments/compositionReport';

const measured: Omit<NamedComposition, 'predictions'>[] = [
  { name: 'a', batchSize: 2, flips: 0, rateInterval: [0, 0.004], largestChange: 0.1 },
  { name: 'a', batchSize: 64, flips: 3, rateInterval: [0.001, 0.009], largestChange: 0.2 },
  { name: 'b', batchSize: 64, flips: 0, rateInterval: [0, 0.004], largestChange: 0.02 },
  { name: 'c', batchSize: 64, flips: 0, rateInterval: [0, 0.004], largestChange: 0 },
];
const results = measured.map((one): NamedComposition => ({ predictions: 1000, ...one }));

test('one sentence for each model, by how much it depends on its neighbours', () => {
  expect(compositionFindings(results)).toEqual([
    'a: the company of a row changes its class in up to 0.300 % of the predictions (3 of 1,000, at batch 64; 95 % interval 0.100 to 0.900 %).',
    'b: logits move by at most 2.0e-2 with the company of a row, and no prediction changes.',
    'c: no logit depends on the company of its row.',
  ]);
});

test('one sentence for all models says how much company does at most', () => {
  expect(flipFinding(results)).toBe(
    'The other rows of a batch change at most 0.300 % (a, batch 64) and 0 % (b) and 0 % (c) of ' +
      'the predictions.',
  );
});

test('rates are percent, in the table as in the curves', () => {
  expect(compositionRows(results)[1]).toMatchObject({
    'Flip rate (%)': 0.3,
    '95 % interval (%)': '0.100 to 0.900',
  });
  expect(compositionCurves(results)[0]).toMatchObject({
    ...{ name: 'a', x: [2, 64], y: [0, 0.3] },
    intervals: [
      [0, 0.4],
      [0.1, expect.closeTo(0.9)],
    ],
  });
});
