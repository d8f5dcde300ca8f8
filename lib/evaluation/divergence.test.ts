import fc from 'fast-check';
import { expect, test } from 'vitest';
import { meanDivergence } from '#lib/evaluation/divergence';

/** Logits of which the softmax is these probabilities. */
const logitsOf = (...probabilities: number[]): Float32Array =>
  Float32Array.from(probabilities, Math.log);

test.each([
  // 0.5 ln 2 + 0.5 ln (2/3)
  { p: [0.5, 0.5], q: [0.25, 0.75], nats: 0.5 * Math.log(4 / 3) },
  { p: [0.25, 0.75], q: [0.5, 0.5], nats: 0.25 * Math.log(0.5) + 0.75 * Math.log(1.5) },
  // against even odds: ln of their number less the entropy
  { p: [0.5, 0.25, 0.25], q: [1 / 3, 1 / 3, 1 / 3], nats: Math.log(3) - 1.5 * Math.log(2) },
  {
    p: [0.36, 0.48, 0.16],
    q: [0.3, 0.5, 0.2],
    nats: 0.36 * Math.log(1.2) + 0.48 * Math.log(0.96) + 0.16 * Math.log(0.8),
  },
])('of $p from $q', ({ p, q, nats }) => {
  expect(meanDivergence(logitsOf(...p), logitsOf(...q), p.length)).toBeCloseTo(nats, 6);
});

test('is the mean over the rows', () => {
  const p = Float32Array.of(...logitsOf(0.5, 0.5), ...logitsOf(0.5, 0.5));
  const q = Float32Array.of(...logitsOf(0.25, 0.75), ...logitsOf(0.5, 0.5));
  expect(meanDivergence(p, q, 2)).toBeCloseTo(0.25 * Math.log(4 / 3), 6);
});

const logits = fc.array(fc.float({ min: -100, max: 100, noNaN: true }), {
  minLength: 6,
  maxLength: 6,
});

test('is never negative, and 0 where all logits of a row move alike', () => {
  fc.assert(
    fc.property(logits, logits, fc.integer({ min: -50, max: 50 }), (a, b, shift) => {
      const [first, other] = [Float32Array.from(a), Float32Array.from(b)];
      expect(meanDivergence(first, other, 3)).toBeGreaterThanOrEqual(0);
      const moved = Float32Array.from(first, (x) => x + shift);
      expect(meanDivergence(first, moved, 3)).toBeLessThan(1e-4);
    }),
  );
});

test('great logits do not overflow', () => {
  expect(meanDivergence(Float32Array.of(1000, 0), Float32Array.of(0, 1000), 2)).toBeCloseTo(1000);
});

test('refuses logits of other examples', () => {
  expect(() => meanDivergence(new Float32Array(2), new Float32Array(4), 2)).toThrow(RangeError);
  expect(() => meanDivergence(new Float32Array(0), new Float32Array(0), 2)).toThrow(RangeError);
});
