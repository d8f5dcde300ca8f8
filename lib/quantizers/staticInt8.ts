import type { Ranges } from '#lib/quantizers/calibration';
import type { StaticParameters } from '#lib/quantizers/integerLayer';
import { integerRange } from '#lib/mapping/integerRange';
import { linearMapping, type LinearMapping } from '#lib/mapping/linearMapping';
import { quantizeQdq } from '#lib/quantizers/qdqForm';
import { quantizeQOperator } from '#lib/quantizers/qOperatorForm';
import type { WeightOptions } from '#lib/quantizers/quantizedWeights';
import type { LayerSelection } from '#lib/quantizers/replaceLayers';

export interface StaticOptions extends WeightOptions, LayerSelection {
  /**
   * `QDQ`, the default: layers in float32 between pairs of QuantizeLinear and DequantizeLinear, which an
   * engine may turn into integers. Any engine runs it, with the operators of ONNX alone.
   *
   * `QOperator`: layers as integer operators of ONNX Runtime, taken by it as they are.
   *
   * Logits are the same, to the bit, but for U8U8 per channel (where ONNX Runtime's quantizer chooses
   * symmetric weights for QDQ, affine ones for QOperator) and S8S8 without `reduceRange`.
   */
  readonly form?: StaticForm;
  /**
   * Types of activations and weights, unsigned or signed.
   *
   * `U8S8`, the default: fast on every CPU, and exact on those without VNNI by `reduceRange` only.
   *
   * `S8S8`: the default of ONNX Runtime's quantizer. On x86 the engine turns it into U8S8 if it comes as
   * QDQ; as QOperator it has a fast kernel there on the newest CPUs only (AVX-VNNI-INT8), else a plain
   * loop.
   *
   * `U8U8`: weights of the full 256 levels on any CPU. x86 without VNNI has a kernel for it that widens
   * to 16 bits before it multiplies, which takes longer, and adds in 32 bits, where nothing overflows.
   */
  readonly types?: StaticTypes;
  /**
   * Quantizes one of the two and leaves the other in float32, like the bias, to tell whose error it is; in
   * the form `QDQ`. There is no integer kernel for that: the engine quantizes, dequantizes and multiplies
   * in float32. Run it `asWritten`: between activations that are quantized, ONNX Runtime's optimizer
   * otherwise quantizes the weights too, without being asked.
   */
  readonly only?: 'weights' | 'activations';
}

export type StaticForm = 'QDQ' | 'QOperator';
export type StaticTypes = 'U8S8' | 'S8S8' | 'U8U8';

/**
 * Static quantization: int8 weights, int32 biases and uint8 activations (or other types of 8 bits), all
 * with scales that are fixed here; those of activations come from calibration. Layers other than fully
 * connected ones stay float32.
 *
 * Scales, zero points and integers are those of ONNX Runtime's own `quantize_static` with the same
 * format and types, byte for byte. The output of the last layer, which that function quantizes as well,
 * comes as float32 right from the accumulators: no layer reads it, and 256 levels would only make logits
 * equal that are not.
 *
 * @param model content of an ONNX file, operator set 11 or later
 * @param ranges what {@link calibrate} found for the same model
 * @returns content of the quantized model's file
 * @throws Error if `model` is no such file, has no layer to quantize, a range is missing, or `only` is
 *   asked for in the form QOperator
 */
export function quantizeStatic(
  model: Uint8Array,
  ranges: Ranges,
  { form = 'QDQ', types = 'U8S8', only, ...options }: StaticOptions = {},
): Uint8Array {
  const signed = types === 'S8S8';
  const parameters: StaticParameters = {
    ...options,
    activationType: signed ? 'int8' : 'uint8',
    weightType: types === 'U8U8' ? 'uint8' : 'int8',
    activationMapping: (tensor) => activationMapping(tensor, ranges, signed),
  };
  if (form === 'QDQ') return quantizeQdq(model, parameters, only);
  if (only) throw new Error(`${only} alone can be quantized in the form QDQ, not in QOperator.`);
  return quantizeQOperator(model, parameters);
}

function activationMapping(tensor: string, ranges: Ranges, signed: boolean): LinearMapping {
  const range = ranges.get(tensor);
  if (!range) {
    throw new Error(
      `There is no range for activation "${tensor}": calibrate this model itself, not another one.`,
    );
  }
  return linearMapping(range, integerRange({ bits: 8, signed }), 'affine');
}
