import { expect, test } from 'vitest';
import { percent, plusMinus, significant, span } from '#lib/report/numbers';

test.each([
  [4123.4, 3, '4120'],
  [80.913, 3, '80.9'],
  [5.884_312, 3, '5.88'],
  [0.000_123_4, 2, '0.00012'],
  [99.96, 3, '100'],
  [9.996, 3, '10.0'],
  [0, 3, '0.00'],
  [-12.34, 2, '-12'],
])('significant(%d, %d) is %s', (value, digits, expected) => {
  expect(significant(value, digits)).toBe(expected);
});

test.each([
  [80.913, 1.271, '80.9 ± 1.3'],
  [2411.2, 112, '2410 ± 110'],
  [846.04, 0.996, '846.0 ± 1.0'],
  [31.5, 9.96, '32 ± 10'],
  [31.46, 0, '31.5 ± 0'],
  [3, 12, '3 ± 12'],
])('%d and %d print as %s', (mean, spread, expected) => {
  expect(plusMinus(mean, spread)).toBe(expected);
});

test('least and greatest, or one number where they print alike', () => {
  expect(span([2.104, 3.96, 3.2], 3)).toBe('2.10 to 3.96');
  expect(span([3.996, 4.004], 3)).toBe('4.00');
});

test('percent keeps two decimals', () => {
  expect(percent(9735, 10_000)).toBe('97.35');
  expect(percent(714, 872)).toBe('81.88');
});
