import type { TensorOf } from '#lib/onnx/tensor';
import type { Parameter } from '#lib/quantizers/linearLayers';
import { roundHalfToEven } from '#lib/mapping/roundHalfToEven';

const int32 = { min: -(2 ** 31), max: 2 ** 31 - 1 };

/** A layer's bias as int32, in units of its accumulators; the zero point is 0. */
export interface QuantizedBias {
  /** As many as the weights have. */
  readonly scale: TensorOf<'float32'>;
  readonly values: TensorOf<'int32'>;
}

/**
 * Quantizes a bias so that it can be added to the integer product: its scale is the product of the
 * scales of input and weights, rounded to float32.
 */
export function quantizeBias(
  bias: Parameter,
  inputScale: number,
  weightScale: TensorOf<'float32'>,
): QuantizedBias {
  const scales = weightScale.data.map((scale) => inputScale * scale);
  const values = Int32Array.from(bias.data, (value, i) => {
    const q = roundHalfToEven(value / scales[scales.length === 1 ? 0 : i]);
    return Math.min(Math.max(q, int32.min), int32.max);
  });
  return {
    scale: { dtype: 'float32', dims: weightScale.dims, data: scales },
    values: { dtype: 'int32', dims: bias.dims, data: values },
  };
}

/**
 * The scale that weights must have for the bias to fit into int32: their own, unless they are so
 * small beside the bias that it would overflow. The formula, with its margin of 0.01 %, is that of
 * ONNX Runtime (`_adjust_weight_scale_for_int32_bias`), which takes the margin of a single bias in
 * float32. There it holds for int8 weights only, and beside uint8 ones the bias is cut off.
 *
 * @param scale of the weights
 * @param bias the values that share it, or the one that has it for itself
 */
export function scaleForBias(
  scale: number,
  inputScale: number,
  bias: Float32Array | number,
): number {
  const span =
    typeof bias === 'number'
      ? Math.fround(Math.fround(1.0001) * (2 * Math.abs(bias)))
      : 1.0001 * (2 * bias.reduce((max, value) => Math.max(max, Math.abs(value)), 0));
  const smallest = span / (int32.max - (int32.min + 1));
  const intended = inputScale * scale;
  const overflows = intended > 0 && intended < smallest;
  return overflows ? Math.fround(scale * (smallest / intended)) : scale;
}
