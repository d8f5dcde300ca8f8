import { expect, test } from 'vitest';
import { refusalReason } from '#bench/agreement';

const ours = Array.from({ length: 1000 }, (_, i) => i % 10);
const changed = (count: number): number[] =>
  ours.map((chosen, row) => (row < count ? (chosen + 1) % 10 : chosen));

test('who predicts something else is refused, by what the case demands', () => {
  expect(refusalReason('float32', ours, changed(2))).toBeUndefined();
  expect(refusalReason('float32', ours, changed(3))).toContain('only 99.7 % of its predictions');
  expect(refusalReason('dynamic-int8', ours, changed(20))).toBeUndefined();
  expect(refusalReason('static-int8', ours, changed(21))).toContain('needs 98 %');
  expect(() => refusalReason('float32', ours, [1])).toThrow('1 predictions for 1000 rows');
});
