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
  const [p, q] = [new Float64Array(classes), new Float64Array(classes)];
  let sum = 0;
  for (let start = 0; start < first.length; start += classes) {
    logSoftmax(first, start, p);
    logSoftmax(other, start, q);
    let divergence = 0;
    for (let i = 0; i < classes; i++) divergence += Math.exp(p[i]) * (p[i] - q[i]);
    sum += divergence;
  }
  return Math.max(0, sum / rows); // rounding can leave less than 0
}

/**
 * ln of the softmax of the row that begins at `start`; the greatest is taken off first, so that no
 * exponential overflows.
 */
function logSoftmax(logits: Float32Array, start: number, into: Float64Array): void {
  let greatest = -Infinity;
  for (let i = 0; i < into.length; i++) greatest = Math.max(greatest, logits[start + i]);
  let total = 0;
  for (let i = 0; i < into.length; i++) total += Math.exp(logits[start + i] - greatest);
  const logTotal = Math.log(total);
  for (let i = 0; i < into.length; i++) into[i] = logits[start + i] - greatest - logTotal;
}
