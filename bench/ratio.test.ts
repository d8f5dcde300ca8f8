import { expect, test } from 'vitest';
import { timeRatio } from '#bench/ratio';

test('the ratio of medians, with the interval that drawing rounds again gives', () => {
  // Of three rounds, 27 draws: the median of theirs is 2 in 7 of them and 6 in 7, so both ends are among
  // the middle 95 %; ours is 1 in all.
  expect(timeRatio([2, 4, 6], [1, 1, 1])).toEqual({ value: 4, interval: [2, 6] });
});

test('a round that slows both down alike says nothing', () => {
  expect(timeRatio([20, 2, 4, 6, 200], [10, 1, 2, 3, 100])).toEqual({ value: 2, interval: [2, 2] });
});

test('rounds that differ in number, or too few, are refused', () => {
  expect(() => timeRatio([1, 2, 3], [1, 2])).toThrow('3 and 2 rounds');
  expect(() => timeRatio([1, 2], [1, 2])).toThrow('at least 3');
});
