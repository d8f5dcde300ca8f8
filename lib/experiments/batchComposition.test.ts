import { expect, test } from 'vitest';
import {
  compositionCurves,
  compositionFindings,
  compositionRows,
  type NamedComposition,
} from '#lib/experiments/batchComposition';

const results: NamedComposition[] = [
  { name: 'a', batchSize: 2, predictions: 1000, flips: 0, largestChange: 0.1 },
  { name: 'a', batchSize: 64, predictions: 1000, flips: 3, largestChange: 0.2 },
  { name: 'b', batchSize: 64, predictions: 1000, flips: 0, largestChange: 0.02 },
  { name: 'c', batchSize: 64, predictions: 1000, flips: 0, largestChange: 0 },
];

test('one sentence for each model, by how much it depends on its neighbours', () => {
  expect(compositionFindings(results)).toEqual([
    'a: the company of a row changes its class in up to 0.300 % of the predictions (3 of 1000, at batch 64).',
    'b: logits move by at most 2.0e-2 with the company of a row, and no prediction changes.',
    'c: no logit depends on the company of its row.',
  ]);
});

test('rates are percent, in the table as in the curves', () => {
  expect(compositionRows(results)[1]).toMatchObject({ 'Flip rate (%)': 0.3 });
  expect(compositionCurves(results)[0]).toEqual({ name: 'a', x: [2, 64], y: [0, 0.3] });
});
