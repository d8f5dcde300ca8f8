import type { IntegerRange } from '#lib/mapping/integerRange';
import { extendedRange, type LinearMapping } from '#lib/mapping/linearMapping';
import type { ValueRange } from '#lib/mapping/valueRange';
import { roundHalfToEven } from '#lib/mapping/roundHalfToEven';

/** Difference between 1 and the next float32 number: no scale of PyTorch's observers is smaller. */
const epsilon = 2 ** -23;

/**
 * The mapping that PyTorch's observers choose: `_calculate_qparams` of
 * `torch/ao/quantization/observer.py` (2.5.1), in float32.
 *
 *     scale     = max(ε, (max − min) / (integers.max − integers.min))            affine
 *     zeroPoint = clamp(integers.min − round(min / scale))                       affine
 *     scale     = max(ε, max(−min, max) / ((integers.max − integers.min) / 2))   symmetric
 *     zeroPoint = 0 for signed integers, 128 for 0..255, else the lower middle   symmetric
 *
 * So zeros and tiny numbers get the scale ε = 2^-23, where {@link linearMapping} gives 1. The affine
 * zero point differs from its by 1 in ties where `integers.min` is odd.
 *
 * @param range float32 numbers
 * @throws RangeError if the range isn't finite, its min exceeds its max, or the width of an affine range
 *   overflows float32 (PyTorch: scale infinity)
 */
export function pytorchMapping(
  range: ValueRange,
  integers: IntegerRange,
  scheme: 'affine' | 'symmetric',
): LinearMapping {
  const { min, max } = extendedRange(range);
  const steps = integers.max - integers.min;
  if (scheme === 'symmetric') {
    const scale = Math.max(epsilon, Math.fround(Math.max(-min, max) / (steps / 2)));
    return { scale, zeroPoint: middle(integers), integers };
  }
  const width = Math.fround(max - min);
  if (width === Infinity) {
    throw new RangeError(`the range from ${min} to ${max} is too wide for a float32 scale`);
  }
  const scale = Math.max(epsilon, Math.fround(width / steps));
  const zeroPoint = integers.min - roundHalfToEven(Math.fround(min / scale));
  return {
    scale,
    zeroPoint: Math.min(Math.max(zeroPoint, integers.min), integers.max),
    integers,
  };
}

/** The integer for 0 in a symmetric mapping; PyTorch takes 128 for the whole of uint8 only. */
function middle({ min, max }: IntegerRange): number {
  if (min < 0) return 0;
  return min === 0 && max === 255 ? 128 : Math.floor((min + max) / 2);
}
