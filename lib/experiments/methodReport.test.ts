import { expect, test } from 'vitest';
import { methodNames, type MethodResult } from '#lib/experiments/methodResults';
import {
  correctionFinding,
  effectFindings,
  effectRows,
  harmFinding,
  type MethodRecord,
} from '#lib/experiments/methodReport';
import type { Dataset } from '#lib/loaders/dataset';

const labels = new Uint8Array(100);

/** A result with so many of the 100 examples right. */
function resultOf(method: MethodResult['method'], correct: number): MethodResult {
  const predictions = Uint32Array.from(labels, (_, i) => (i < correct ? 0 : 1));
  const error = { shift: method === 'min-max' ? 0.25 : 0.125, spread: 0.5 };
  return { method, target: 3, correct, total: 100, predictions, ...error };
}

function record(corrects: readonly number[]): MethodRecord {
  const dataset = { name: 'MNIST', origin: 'real', test: { labels } } as unknown as Dataset;
  return { dataset, results: methodNames.map((method, i) => resultOf(method, corrects[i])) };
}

test('tells what is more than chance from what is not', () => {
  // 1 of 100 against none: p = 1. 10 against none: p = 2 / 2^10. 20 against none: p = 2 / 2^20.
  const some = record([80, 81, 70, 80, 100]);
  expect(effectRows(some).map((row) => row['3 bits'])).toEqual([
    '+1.00 (1.000)',
    '−10.00 (0.002)',
    '0.00 (1.000)',
    '+20.00 (< 0.001)',
  ]);
  const rule =
    'MNIST: 4 comparisons with min-max, at level 0.05 for all together (McNemar), which is 0.0125 for each.';
  expect(effectFindings(some)).toEqual([
    rule,
    'MNIST, 3 bits: min-max has 80.00 % right; bias corrected −10.00 points (p = 0.002), ' +
      'AdaRound +20.00 points (p < 0.001); the others within chance.',
  ]);
  expect(effectFindings(record([80, 81, 79, 80, 82]))).toEqual([
    rule,
    'MNIST, 3 bits: min-max has 80.00 % right; no method differs from it by more than chance ' +
      '(smallest p = 0.500).',
  ]);
});

test('holds what is beyond chance to a level for all comparisons together', () => {
  // 7 losses alone: p = 2 / 2^7 = 0.016, below 0.05 but above its fourth part; 8: p = 0.008.
  const [, seven] = effectFindings(record([80, 80, 73, 80, 80]));
  expect(seven).toContain('no method differs from it by more than chance (smallest p = 0.016)');
  const [, eight] = effectFindings(record([80, 80, 72, 80, 80]));
  expect(eight).toContain('bias corrected −8.00 points (p = 0.008)');
});

test('names the methods that cost accuracy, and no other', () => {
  expect(harmFinding([record([80, 81, 79, 80, 100])])).toBe(
    'No method loses accuracy to min-max beyond chance.',
  );
  expect(harmFinding([record([80, 81, 70, 80, 60])])).toBe(
    'Accuracy falls beyond chance with bias corrected at 3 bits on MNIST (−10.00 points), ' +
      'AdaRound at 3 bits on MNIST (−20.00 points), and nowhere else.',
  );
});

test('says of a correction whether the accuracy falls, rises or stays, and what AdaRound does to the mean', () => {
  const verdicts = [70, 80, 95].map(
    (corrected) => correctionFinding(record([80, 80, corrected, 80, 80]), 3).split('; ')[1],
  );
  const adaRound = ' AdaRound, with biases as they were, takes the mean error to 0.125.';
  expect(verdicts).toEqual([
    `the accuracy falls by 10.00 points.${adaRound}`,
    `the accuracy stays the same within chance.${adaRound}`,
    `the accuracy rises by 15.00 points.${adaRound}`,
  ]);
});
