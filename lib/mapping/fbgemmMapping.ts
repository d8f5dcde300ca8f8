import type { IntegerRange } from '#lib/mapping/integerRange';
import { extendedRange, type LinearMapping } from '#lib/mapping/linearMapping';
import type { ValueRange } from '#lib/mapping/valueRange';
import { roundHalfToEven } from '#lib/mapping/roundHalfToEven';

/** `SMALL_SCALE_THRESHOLD`: smaller scales would be subnormal in float16. */
const smallestScale = Math.fround(6.1e-5);

/**
 * The mapping that PyTorch's int8 engines find at run time for the activations of a dynamic layer:
 * `ChooseQuantizationParams` of fbgemm (`ATen/native/quantized/cpu/QuantUtils.h`, PyTorch 2.5.1), in
 * float64 on float32 ranges.
 *
 *     scale = (max − min) / (integers.max − integers.min), 0.1 instead of 0, at least 6.1e-5
 *
 * A scale of 2^-128 or less, whose reciprocal overflows float32, counts as 0. The zero point is computed
 * from min or from max, whichever involves the smaller numbers, and "nudged" to the nearest integer.
 * `symmetric` is its `preserve_sparsity`: where numbers lie on both sides of 0, the range is widened so
 * that 0 is the middle integer.
 *
 * PyTorch's dynamic layers on x86 reduce the range: give integers 0..127. They cut values off at 255 all
 * the same, so that a greatest value half a step beyond 127 becomes 128. The fused operator for training
 * rounds the scale before it computes the zero point, which in ties can then be the other neighbour.
 *
 * @param range float32 numbers
 * @throws RangeError if the range isn't finite, or its min exceeds its max
 */
export function fbgemmMapping(
  range: ValueRange,
  integers: IntegerRange,
  scheme: 'affine' | 'symmetric',
): LinearMapping {
  const steps = integers.max - integers.min;
  const isMiddle = scheme === 'symmetric' && range.min < 0 && range.max > 0;
  let { min, max } = extendedRange(isMiddle ? widened(range, steps) : range);
  let scale = (max - min) / steps;
  const asFloat = Math.fround(scale);
  if (asFloat === 0 || Math.fround(1 / asFloat) === Infinity) scale = 0.1;
  if (scale < smallestScale) {
    const amplifier = Math.fround(smallestScale / Math.fround(scale));
    scale = smallestScale;
    if (min === 0) max = Math.fround(smallestScale * steps);
    else if (max === 0) min = -Math.fround(smallestScale * steps);
    else [min, max] = [Math.fround(min * amplifier), Math.fround(max * amplifier)];
  }
  const minError = Math.abs(integers.min) - Math.abs(min / scale);
  const maxError = Math.abs(integers.max) - Math.abs(max / scale);
  const exact = minError < maxError ? integers.min - min / scale : integers.max - max / scale;
  const zeroPoint = isMiddle && min < 0 && max > 0 ? (integers.min + integers.max) / 2 : exact;
  return {
    scale: Math.fround(scale),
    zeroPoint: roundHalfToEven(Math.min(Math.max(zeroPoint, integers.min), integers.max)) + 0,
    integers,
  };
}

/** The range whose 0 is the middle integer. */
function widened({ min, max }: ValueRange, steps: number): ValueRange {
  const high = Math.floor(steps / 2);
  const low = -(high + 1);
  const scale = Math.max(Math.abs(Math.fround(min / low)), Math.abs(Math.fround(max / high)));
  return { min: Math.fround(scale * low), max: Math.fround(scale * high) };
}
