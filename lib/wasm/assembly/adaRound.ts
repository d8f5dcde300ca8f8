/**
 * The element-wise part of AdaRound (see `lib/quantizers/corrections/roundingOptimizer.ts`) over float32
 * arrays, four numbers at a time. (In a single pass it would be slower: too much hangs on each number.)
 *
 * Functions of α are read from tables: bin i of `bins` holds what belongs to
 * α = ((i + ½) / bins · 2 − 1) · maxAlpha, the first and the last what belongs to all beyond.
 *
 * All addresses are in bytes and divisible by 16; the arrays end on a whole vector of four.
 */
export { adamStep } from './adam';

/**
 * For four α: where their bins begin in a table of float32 numbers, in bytes.
 *
 * @param most maxAlpha; @param last bins − 1; each four times
 */
function binOffsets(alphas: v128, most: v128, binsPerAlpha: v128, last: v128): v128 {
  const position = f32x4.mul(f32x4.add(alphas, most), binsPerAlpha);
  const bin = f32x4.floor(f32x4.pmin(f32x4.pmax(f32x4.splat(0), position), last)); // NaN: 0
  // Float32 numbers are a quarter apart from 2^21 on. So 2^21 + bin has the bits of 2^21 and four more for
  // each bin: as many as its number has bytes. A conversion, which must mind what no int32 can hold, is slower.
  return i32x4.sub(f32x4.add(bin, f32x4.splat(0x200000)), i32x4.splat(0x4a000000));
}

function lookUp(table: usize, offsets: v128): v128 {
  let found = v128.load32_zero(table + i32x4.extract_lane(offsets, 0));
  found = v128.load32_lane(table + i32x4.extract_lane(offsets, 1), found, 1);
  found = v128.load32_lane(table + i32x4.extract_lane(offsets, 2), found, 2);
  return v128.load32_lane(table + i32x4.extract_lane(offsets, 3), found, 3);
}

/**
 * What the roundings change the weights by:
 *
 *     d ← s · (h(α) − f)
 *
 * @param h table of the roundings
 */
export function softChanges(
  d: usize,
  alphas: usize,
  s: f32,
  f: usize,
  count: i32,
  h: usize,
  maxAlpha: f32,
  bins: i32,
): void {
  const most = f32x4.splat(maxAlpha);
  const binsPerAlpha = f32x4.splat(<f32>bins / (2 * maxAlpha));
  const last = f32x4.splat(<f32>(bins - 1));
  for (const end = d + ((<usize>count) << 2); d < end; d += 16, alphas += 16, f += 16) {
    const rounding = lookUp(h, binOffsets(v128.load(alphas), most, binsPerAlpha, last));
    v128.store(d, f32x4.mul(f32x4.splat(s), f32x4.sub(rounding, v128.load(f))));
  }
}

/**
 * The gradient of the loss by α, by the chain rule, in the place of that of the error by d:
 *
 *     g ← (factor · g − pull(α)) · slope(α)
 *
 * @param factor 2 s / rows
 * @param pull table of what draws a rounding to 0 or 1
 * @param slope table of h'(α)
 */
export function lossGradient(
  g: usize,
  alphas: usize,
  count: i32,
  factor: f32,
  pull: usize,
  slope: usize,
  maxAlpha: f32,
  bins: i32,
): void {
  const most = f32x4.splat(maxAlpha);
  const binsPerAlpha = f32x4.splat(<f32>bins / (2 * maxAlpha));
  const last = f32x4.splat(<f32>(bins - 1));
  for (const end = g + ((<usize>count) << 2); g < end; g += 16, alphas += 16) {
    const offsets = binOffsets(v128.load(alphas), most, binsPerAlpha, last);
    const ofError = f32x4.mul(f32x4.splat(factor), v128.load(g));
    v128.store(g, f32x4.mul(f32x4.sub(ofError, lookUp(pull, offsets)), lookUp(slope, offsets)));
  }
}
