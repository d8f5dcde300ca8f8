import fc from 'fast-check';
import { expect, it } from 'vitest';
import { argmaxRows } from '#lib/evaluation/accuracy';
import { margins, shifts } from '#lib/evaluation/margins';

it('takes the second greatest wherever it stands, and 0 where two are level', () => {
  expect(margins(Float32Array.of(1, 4, 2, 7, 3, 6, 5, 5, -1), 3)).toEqual(Float32Array.of(2, 1, 0));
});

it('measures how logits move against each other, not together', () => {
  const first = Float32Array.of(1, 2, 1, 2);
  expect(shifts(first, Float32Array.of(11, 12, 1.5, 1), 2)).toEqual(Float32Array.of(0, 1.5));
});

it('a changed prediction has a margin within the shift', () => {
  const logits = fc.array(fc.integer({ min: -50, max: 50 }), { minLength: 12, maxLength: 12 });
  let changes = 0;
  fc.assert(
    fc.property(logits, logits, (a, b) => {
      const [first, other] = [Float32Array.from(a), Float32Array.from(b)];
      const [before, after] = [argmaxRows(first, 4), argmaxRows(other, 4)];
      const margin = margins(other, 4);
      const shift = shifts(first, other, 4);
      after.forEach((choice, row) => {
        if (choice === before[row]) return;
        changes += 1;
        expect(margin[row]).toBeLessThanOrEqual(shift[row]);
      });
    }),
  );
  expect(changes).toBeGreaterThan(100);
});
