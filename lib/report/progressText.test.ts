import { expect, test } from 'vitest';
import { doneText, duration, failedText, progressText } from '#lib/report/progressText';

const stage = {
  title: 'Training mnist, seed 1',
  unit: 'steps',
  done: 469,
  total: 1876,
  elapsedMilliseconds: 10_000,
  note: 'loss 0.21',
};

test('the time left is what the rest takes at the pace so far', () => {
  expect(progressText(stage)).toBe(
    'Training mnist, seed 1: 469 of 1,876 steps (25 %), 30 s left, loss 0.21',
  );
});

test('nothing is foretold before the first unit is done', () => {
  expect(progressText({ ...stage, done: 0, note: undefined })).toBe(
    'Training mnist, seed 1: 0 of 1,876 steps (0 %)',
  );
  expect(progressText({ ...stage, done: 0, total: 0 })).toBe('Training mnist, seed 1 …');
});

test('what stays is one line', () => {
  expect(doneText({ ...stage, done: 1876, elapsedMilliseconds: 43_210 })).toBe(
    'Training mnist, seed 1: 1,876 steps in 43 s, loss 0.21',
  );
  expect(failedText(stage)).toBe('Training mnist, seed 1: failed after 469 of 1,876 steps');
});

test('a step of a single unit, which has no plural, is under way or done', () => {
  const single = { ...stage, title: 'Predicting with mnist', total: 1, note: undefined };
  expect(progressText({ ...single, done: 0 })).toBe('Predicting with mnist …');
  expect(doneText({ ...single, done: 1 })).toBe('Predicting with mnist: done in 10 s');
  expect(failedText({ ...single, done: 0 })).toBe('Predicting with mnist: failed');
});

test.each([
  [40, '0.0 s'],
  [430, '0.4 s'],
  [1_400, '1 s'],
  [59_700, '1 min 00 s'],
  [125_000, '2 min 05 s'],
])('%d ms is %s', (milliseconds, text) => {
  expect(duration(milliseconds)).toBe(text);
});
