import { narrowed, type IntegerRange } from '#lib/mapping/integerRange';
import type { ValueRange } from '#lib/mapping/valueRange';
import { roundHalfToEven } from '#lib/mapping/roundHalfToEven';

/** How real numbers and integers correspond: `x ≈ scale · (q − zeroPoint)`. */
export interface LinearMapping {
  /** Real distance between neighbouring integers: positive, a float32 value. */
  readonly scale: number;
  /** The integer that stands for 0, which is thus represented exactly. */
  readonly zeroPoint: number;
  readonly integers: IntegerRange;
}

/**
 * `affine`: the integers cover the range itself. The others cover -a..a, where a is the greatest
 * magnitude in the range, so that the zero point is the middle (0 for signed integers). They part in
 * what the scale is for the 256 integers of int8, of which 128 are below 0 and 127 above it:
 *
 * - `symmetric`: a / 127.5, as all integers share 2a. PyTorch's, and ONNX Runtime's for
 *   activations where asked for. A value a is half a scale beyond 127, and comes back that much smaller.
 * - `symmetric-narrow`: a / 127; -128 is left out. ONNX Runtime and TensorFlow Lite for weights.
 * - `symmetric-no-clipping`: the greater of −min / 128 and max / 127, which is the smallest scale at
 *   which no value is cut off. `SYMMETRIC_NO_CLIPPING_ERR` of torchao.
 */
export type Scheme = 'affine' | 'symmetric' | 'symmetric-narrow' | 'symmetric-no-clipping';

/** Smallest float32 number with full precision; a scale below it would be useless. */
const smallestScale = 2 ** -126;

/**
 * The mapping that spreads the integers over a range of real numbers. The range is first extended to
 * contain 0.
 *
 *     scale     = (max − min) / (integers.max − integers.min)
 *     scale     = max(min / integers.min, max / integers.max)    symmetric-no-clipping
 *     zeroPoint = round(integers.min − min / scale)              affine
 *     zeroPoint = round((integers.min + integers.max) / 2)       symmetric, symmetric-narrow
 *     zeroPoint = 0                                              symmetric-no-clipping
 *
 * computed in float64; the scale is then rounded to float32. This is `compute_scale_zp` of
 * onnxruntime 1.32 (`quantization/quant_utils.py`), to the bit; releases up to 1.30 take the
 * difference in float32.
 *
 * Where the range is so small that the scale falls below 2^-126 (all zeros, say, or subnormal
 * numbers) it is scale 1, zero point 0: all values become 0. A constant other than 0 is one end of its
 * range. A range whose width overflows float32 is mapped like any other, as its scale does not; but
 * integers whose value lies beyond the greatest float32 number come back as infinity.
 *
 * @returns the integers are those given, without the lowest for `symmetric-narrow`
 * @throws RangeError if the range isn't finite, its min exceeds its max, or unsigned integers shall be
 *   narrow or without clipping
 */
export function linearMapping(
  range: ValueRange,
  integers: IntegerRange,
  scheme: Scheme,
): LinearMapping {
  const used = scheme === 'symmetric-narrow' ? narrowed(integers) : integers;
  const { scale, zeroPoint } = unrounded(extendedRange(range), used, scheme);
  if (scale < smallestScale) return { scale: 1, zeroPoint: 0, integers: used };
  return {
    scale: Math.fround(scale),
    zeroPoint: roundHalfToEven(zeroPoint) + 0, // + 0: no negative zero
    integers: used,
  };
}

function unrounded(
  { min, max }: ValueRange,
  integers: IntegerRange,
  scheme: Scheme,
): { scale: number; zeroPoint: number } {
  const steps = integers.max - integers.min;
  switch (scheme) {
    case 'affine': {
      const scale = (max - min) / steps;
      return { scale, zeroPoint: integers.min - min / scale };
    }
    case 'symmetric':
    case 'symmetric-narrow':
      return {
        scale: (2 * Math.max(-min, max)) / steps,
        zeroPoint: (integers.min + integers.max) / 2,
      };
    case 'symmetric-no-clipping':
      if (integers.min >= 0) throw new RangeError('only signed integers map without clipping');
      return { scale: Math.max(min / integers.min, max / integers.max), zeroPoint: 0 };
  }
}

/**
 * The range with 0 in it.
 *
 * @throws RangeError if it isn't finite, or its min exceeds its max
 */
export function extendedRange({ min, max }: ValueRange): ValueRange {
  if (!(Number.isFinite(min) && Number.isFinite(max) && min <= max)) {
    throw new RangeError(`no mapping covers the range from ${min} to ${max}`);
  }
  return { min: Math.min(min, 0), max: Math.max(max, 0) };
}

/**
 * `clamp(round(x / scale) + zeroPoint)`: QuantizeLinear of ONNX. The quotient is a float32 number, half
 * goes to even, and rounding comes before the zero point is added.
 *
 * @throws RangeError if a value is NaN. Infinite ones become the lowest or highest integer.
 */
export function quantize(
  values: Float32Array,
  { scale, zeroPoint, integers }: LinearMapping,
): Int32Array {
  const quantized = new Int32Array(values.length);
  for (let i = 0; i < values.length; i++) {
    const q = roundHalfToEven(Math.fround(values[i] / scale)) + zeroPoint;
    if (Number.isNaN(q)) throw new RangeError(`value ${i} is NaN: it can't be quantized`);
    quantized[i] = Math.min(Math.max(q, integers.min), integers.max);
  }
  return quantized;
}

/** `(q − zeroPoint) · scale` in float32: DequantizeLinear of ONNX. */
export function dequantize(
  quantized: ArrayLike<number>,
  { scale, zeroPoint }: Pick<LinearMapping, 'scale' | 'zeroPoint'>,
): Float32Array {
  const values = new Float32Array(quantized.length);
  for (let i = 0; i < values.length; i++) values[i] = Math.fround(quantized[i] - zeroPoint) * scale;
  return values;
}
