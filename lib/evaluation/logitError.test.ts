import { expect, test } from 'vitest';
import { logitError } from '#lib/evaluation/logitError';

// Two classes, three examples: deviations from the means 1 and 10 are -1, 0, 1 and -2, 0, 2.
const logits = Float32Array.of(0, 8, 1, 10, 2, 12);
const deviation = Math.sqrt(10 / 6);

test('a logit that is off alike in all examples is shifted, and spread as before', () => {
  const shifted = logits.map((logit, i) => logit + (i % 2 === 0 ? 3 : -4));
  const { shift, spread } = logitError(logits, shifted, 2);
  expect(shift).toBeCloseTo(Math.sqrt((9 + 16) / 2) / deviation, 6);
  expect(spread).toBeCloseTo(1, 6);
});

test('logits that are too close together are spread less, and not shifted', () => {
  const closer = logits.map((logit, i) => [1, 10][i % 2] + (logit - [1, 10][i % 2]) / 4);
  const { shift, spread } = logitError(logits, closer, 2);
  expect(shift).toBeCloseTo(0, 6);
  expect(spread).toBeCloseTo(0.25, 6);
});
