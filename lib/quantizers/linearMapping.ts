import type { IntegerRange } from '#lib/quantizers/integerRange';
import type { ValueRange } from '#lib/quantizers/observer';
import { roundHalfToEven } from '#lib/quantizers/roundHalfToEven';

/** How real numbers and integers correspond: `x ≈ scale · (q − zeroPoint)`. */
export interface LinearMapping {
  /** Real distance between neighbouring integers: positive, a float32 value. */
  readonly scale: number;
  /** The integer that stands for 0, which is thus represented exactly. */
  readonly zeroPoint: number;
  readonly integers: IntegerRange;
}

/**
 * `affine`: the integers cover the range itself. `symmetric`: they cover -a..a, where a is the
 * greatest magnitude in the range, so that the zero point is the middle (0 for signed integers).
 */
export type Scheme = 'affine' | 'symmetric';

/** Smallest float32 number with full precision; a scale below it would be useless. */
const smallestScale = 2 ** -126;

/**
 * The mapping that spreads the integers over a range of real numbers. The range is first extended to
 * contain 0.
 *
 *     scale     = (max − min) / (integers.max − integers.min)
 *     zeroPoint = round(integers.min − min / scale)        affine
 *     zeroPoint = round((integers.min + integers.max) / 2) symmetric
 *
 * computed in float64; the scale is then rounded to float32. This is `compute_scale_zp` of
 * onnxruntime 1.32 (`quantization/quant_utils.py`), to the bit; releases up to 1.30 take the
 * difference in float32. Where the range is so small that the scale falls below 2^-126 (all zeros,
 * say, or subnormal numbers) it is scale 1, zero point 0.
 *
 * @throws RangeError if the range isn't finite, or its min exceeds its max
 */
export function linearMapping(
  range: ValueRange,
  integers: IntegerRange,
  scheme: Scheme,
): LinearMapping {
  if (!(Number.isFinite(range.min) && Number.isFinite(range.max) && range.min <= range.max)) {
    throw new RangeError(`no mapping covers the range from ${range.min} to ${range.max}`);
  }
  const magnitude = Math.max(-range.min, range.max);
  const min = scheme === 'symmetric' ? -magnitude : Math.min(range.min, 0);
  const max = scheme === 'symmetric' ? magnitude : Math.max(range.max, 0);
  const scale = (max - min) / (integers.max - integers.min);
  if (scale < smallestScale) return { scale: 1, zeroPoint: 0, integers };
  const zeroPoint = roundHalfToEven(
    scheme === 'symmetric' ? (integers.min + integers.max) / 2 : integers.min - min / scale,
  );
  return { scale: Math.fround(scale), zeroPoint: zeroPoint + 0, integers }; // + 0: no negative zero
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
