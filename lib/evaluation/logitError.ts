/** How the logits of a quantized model differ from those of the float32 model on the same examples. */
export interface LogitError {
  /**
   * How far a logit is off on average: the mean of its error over the examples, as root mean square over
   * the classes, in standard deviations of a float32 logit.
   */
  readonly shift: number;
  /** Standard deviation of a logit over the examples, as a share of that of float32. */
  readonly spread: number;
}

/**
 * @param first logits of float32, shape [examples, classes], row-major
 * @param other those of the quantized model
 */
export function logitError(first: Float32Array, other: Float32Array, classes: number): LogitError {
  const [a, b] = [moments(first, classes), moments(other, classes)];
  const squares = a.means.map((mean, i) => (b.means[i] - mean) ** 2);
  const shift = Math.sqrt(squares.reduce((sum, square) => sum + square, 0) / classes);
  return { shift: shift / a.deviation, spread: b.deviation / a.deviation };
}

/** Mean of each class's logit, and the standard deviation from these. */
function moments(logits: Float32Array, classes: number): { means: number[]; deviation: number } {
  const means = new Array<number>(classes).fill(0);
  const rows = logits.length / classes;
  logits.forEach((logit, i) => {
    means[i % classes] += logit / rows;
  });
  let squares = 0;
  logits.forEach((logit, i) => {
    squares += (logit - means[i % classes]) ** 2;
  });
  return { means, deviation: Math.sqrt(squares / logits.length) };
}
