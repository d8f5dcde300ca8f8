import { expect, test, vi } from 'vitest';
import { claimAccuracy, costFinding } from '#lib/experiments/seedAccuracy';
import { exampleRecords } from '#lib/report/exampleRecords';

const [mnist] = exampleRecords; // 2,940,938 operations, 97.35 % right
const lab1 = {
  ...mnist,
  model: 'mnist-lab1',
  flops: 814_090,
  accuracy: { correct: 9680, total: 10_000 },
};

test('the costlier model is held against the cheaper, whichever comes first', () => {
  const sentence =
    "MNIST: mnist does 3.61 times the operations of mnist-lab1; 97.35 % of its answers are right, 96.80 % of the other's: " +
    '+0.55 points. Between the seeds above the standard deviation is 0.71 points.';
  expect(costFinding([mnist, lab1], { spread: '0.71' })).toBe(sentence);
  expect(costFinding([lab1, mnist], { spread: '0.71' })).toBe(sentence);
  expect(costFinding([lab1, mnist], { spread: 'unknown' })).toMatch(/deviation is unknown\.$/);
});

test('the accuracy of a single seed is no mean', () => {
  const log = vi.spyOn(console, 'log').mockReturnValue();
  const sample = { name: 'MNIST', origin: 'generated' } as const;
  claimAccuracy({ meanPercent: 97, spread: 'unknown' }, 95, sample);
  claimAccuracy({ meanPercent: 97, spread: '0.71' }, 95, sample);
  const [[single], [several]] = log.mock.calls as [string][];
  log.mockRestore();
  expect(single).toMatch(/^Accuracy on .*: 97\.00 %/);
  expect(several).toMatch(/^Mean accuracy on .*: 97\.00 %/);
});
