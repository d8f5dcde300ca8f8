/** The rectified sigmoid of AdaRound and its regularization, as tables over α. */

/** Share of the steps before the regularization sets in. */
const warmStart = 0.2;

/** Bounds of α in the tables; from ±ln 11 = ±2.398 on, h is 0 or 1 and rests there. */
export const maxAlpha = 2.5;
/** Two values of a table differ by 0.003 at most. */
const bins = 1024;
/** h(α) in the middle of each bin. */
export const roundings = new Float32Array(bins);
/** The slope of h(α) there. */
export const slopes = new Float32Array(bins);
for (let i = 0; i < bins; i++) {
  const sigmoid = 1 / (1 + Math.exp(maxAlpha - ((i + 0.5) / bins) * 2 * maxAlpha));
  const h = 1.2 * sigmoid - 0.1;
  roundings[i] = Math.min(Math.max(h, 0), 1);
  slopes[i] = h > 0 && h < 1 ? 1.2 * sigmoid * (1 - sigmoid) : 0;
}

/** Where the tables have the values for α. */
export function bin(alpha: number): number {
  return Math.min(Math.max(((alpha + maxAlpha) * (bins / 2 / maxAlpha)) | 0, 0), bins - 1);
}

/** The α at which h(α) is a rounding between 0 and 1. */
export function alphaOf(rounding: number): number {
  return -Math.log(1.2 / (rounding + 0.1) - 1);
}

/**
 * Negative slope of the regularization, `d/dα λ |2 h(α) − 1|^β`, for each bin of α.
 *
 * @param progress share of the steps that are done
 */
export function binaryPull(progress: number, regularization: number): Float64Array {
  const pull = new Float64Array(bins);
  if (progress < warmStart) return pull;
  const share = (progress - warmStart) / (1 - warmStart);
  const beta = 2 + 9 * (1 + Math.cos(share * Math.PI));
  return pull.map((_, i) => {
    const distance = 2 * roundings[i] - 1;
    const power = Math.abs(distance) ** (beta - 1) * Math.sign(distance);
    return regularization * beta * 2 * power * slopes[i];
  });
}
