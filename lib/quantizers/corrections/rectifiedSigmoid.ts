/**
 * The rectified sigmoid of AdaRound, `h(α) = clip(1.2 · sigmoid(α) − 0.1, 0, 1)`, and its
 * regularization as tables: exponentials and powers of a million weights would take longer than all
 * else. Bin i stands for α = ((i + ½) / {@link bins} · 2 − 1) · {@link maxAlpha}.
 */

/** Share of the steps before the regularization sets in. */
const warmStart = 0.2;

/** Bounds of α in the tables; from ±ln 11 = ±2.398 on, h is 0 or 1 and rests there. */
export const maxAlpha = 2.5;
/** Neighbouring values of h differ by 0.0015 at most. */
export const bins = 1024;
/** h(α) in the middle of each bin. */
export const roundings = new Float32Array(bins);
/** h'(α) in the middle of each bin. */
export const slopes = new Float32Array(bins);
for (let i = 0; i < bins; i++) {
  const sigmoid = 1 / (1 + Math.exp(maxAlpha - ((i + 0.5) / bins) * 2 * maxAlpha));
  const h = 1.2 * sigmoid - 0.1;
  roundings[i] = Math.min(Math.max(h, 0), 1);
  slopes[i] = h > 0 && h < 1 ? 1.2 * sigmoid * (1 - sigmoid) : 0;
}

/** The α at which h(α) is this, between 0 and 1. */
export function alphaOf(rounding: number): number {
  return -Math.log(1.2 / (rounding + 0.1) - 1);
}

export interface Regularization {
  /** Share of the steps that are done: in the first fifth there is no regularization. */
  readonly progress: number;
  /** λ, the weight of the regularization. */
  readonly lambda: number;
}

/**
 * What draws roundings to 0 or 1, in each bin: the negative slope of the regularization
 * `λ (1 − |2 h − 1|^β)` by h, where β falls from 20 to 2 along a cosine.
 */
export function pulls({ progress, lambda }: Regularization): Float32Array {
  if (progress < warmStart) return new Float32Array(bins);
  const beta = 2 + 9 * (1 + Math.cos(((progress - warmStart) / (1 - warmStart)) * Math.PI));
  return roundings.map((h) => {
    const distance = 2 * h - 1;
    return lambda * beta * 2 * Math.abs(distance) ** (beta - 1) * Math.sign(distance);
  });
}
