/**
 * How far the probabilities of one classifier are from those of another: the Kullback–Leibler divergence
 * (Annals of Mathematical Statistics 22, 1951) of their softmax, mean over the rows,
 *
 *     Σ p · ln(p / q)   with   p = softmax(first), q = softmax(other)
 *
 * in nats: 0 where both are the same. It needs no labels, and sees a change long before an answer changes.
 * Computed in float64.
 *
 * @param first logits, shape [rows, classes], row-major; @param other those of the other classifier
 * @throws RangeError if there are none, or not as many of one as of the other
 */
export function meanDivergence(first: Float32Array, other: Float32Array, classes: number): number {
  const rows = first.length / classes;
  if (rows === 0 || first.length !== other.length) {
    throw new RangeError(`can't compare ${first.length} logits with ${other.length}`);
  }
  let sum = 0;
  for (let row = 0; row < rows; row++) {
    const p = logSoftmax(first.subarray(row * classes, (row + 1) * classes));
    const q = logSoftmax(other.subarray(row * classes, (row + 1) * classes));
    sum += p.reduce((total, logP, i) => total + Math.exp(logP) * (logP - q[i]), 0);
  }
  return Math.max(0, sum / rows); // rounding can leave less than 0
}

/** ln of the softmax; the greatest is taken off first, so that no exponential overflows. */
function logSoftmax(logits: Float32Array): Float64Array {
  const greatest = Math.max(...logits);
  const total = logits.reduce((sum, logit) => sum + Math.exp(logit - greatest), 0);
  return Float64Array.from(logits, (logit) => logit - greatest - Math.log(total));
}
