import type { LinearMapping } from '#lib/mapping/linearMapping';
import { minMax } from '#lib/mapping/valueRange';
import { roundHalfToEven } from '#lib/mapping/roundHalfToEven';

/**
 * The mapping to uint8 that the engine finds at run time for the activations of one batch:
 * DynamicQuantizeLinear of ONNX, in float32 as ONNX Runtime computes it.
 *
 *     scale     = (max(0, x) − min(0, x)) / 255
 *     zeroPoint = round(clamp(−min(0, x) / scale))
 *
 * Where all values are 0 the scale is 1, the zero point 0. (On Arm CPUs with SME, ONNX Runtime takes
 * kernels that find a mapping for each row instead.)
 *
 * @throws RangeError if a value is NaN or infinite
 */
export function dynamicMapping(values: Float32Array): LinearMapping {
  const integers = { min: 0, max: 255 };
  const range = minMax(values);
  const min = Math.min(0, range.min);
  const max = Math.max(0, range.max);
  if (min === max) return { scale: 1, zeroPoint: 0, integers };
  const scale = Math.fround(Math.fround(max - min) / 255);
  const zeroPoint = roundHalfToEven(Math.min(Math.fround((0 - min) / scale), 255));
  return { scale, zeroPoint, integers };
}
