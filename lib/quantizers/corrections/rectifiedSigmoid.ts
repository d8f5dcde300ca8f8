/**
 * The rectified sigmoid of AdaRound, `h(α) = clip(1.2 · sigmoid(α) − 0.1, 0, 1)`, and its
 * regularization, read from tables: exponentials and powers of a million weights would take longer
 * than all else.
 */

/** Share of the steps before the regularization sets in. */
const warmStart = 0.2;

/** Bounds of α in the tables; from ±ln 11 = ±2.398 on, h is 0 or 1 and rests there. */
export const maxAlpha = 2.5;
/** Neighbouring values of h differ by 0.0015 at most. */
const bins = 1024;
/** h(α) in the middle of each bin, and its slope. */
const roundings = new Float32Array(bins);
const slopes = new Float32Array(bins);
for (let i = 0; i < bins; i++) {
  const sigmoid = 1 / (1 + Math.exp(maxAlpha - ((i + 0.5) / bins) * 2 * maxAlpha));
  const h = 1.2 * sigmoid - 0.1;
  roundings[i] = Math.min(Math.max(h, 0), 1);
  slopes[i] = h > 0 && h < 1 ? 1.2 * sigmoid * (1 - sigmoid) : 0;
}

function bin(alpha: number): number {
  return Math.min(Math.max(((alpha + maxAlpha) * (bins / 2 / maxAlpha)) | 0, 0), bins - 1);
}

/** The α at which h(α) is this, between 0 and 1. */
export function alphaOf(rounding: number): number {
  return -Math.log(1.2 / (rounding + 0.1) - 1);
}

/** Writes h(α) of each α to `into`. */
export function softRoundings(alphas: Float32Array, into: Float32Array): void {
  for (let i = 0; i < alphas.length; i++) into[i] = roundings[bin(alphas[i])];
}

/**
 * Turns the gradient of the error by h into that of the loss by α, in place: the chain rule, and the
 * slope of the regularization `λ (1 − |2 h(α) − 1|^β)`, where β falls from 20 to 2 along a cosine.
 *
 * @param progress share of the steps that are done: λ is 0 in the first fifth
 */
export function addRegularization(
  gradient: Float32Array,
  alphas: Float32Array,
  { progress, lambda }: { readonly progress: number; readonly lambda: number },
): void {
  const pull = new Float32Array(bins);
  if (progress >= warmStart) {
    const beta = 2 + 9 * (1 + Math.cos(((progress - warmStart) / (1 - warmStart)) * Math.PI));
    for (let i = 0; i < bins; i++) {
      const distance = 2 * roundings[i] - 1;
      pull[i] = lambda * beta * 2 * Math.abs(distance) ** (beta - 1) * Math.sign(distance);
    }
  }
  for (let i = 0; i < alphas.length; i++) {
    const at = bin(alphas[i]);
    gradient[i] = (gradient[i] - pull[at]) * slopes[at];
  }
}
