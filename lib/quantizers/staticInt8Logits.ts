import { feedForwardLayers, type FeedForwardLayer } from '#lib/quantizers/feedForwardLayers';
import type { IntegerProduct } from '#lib/quantizers/dynamicInt8Logits';
import { requantize, type IntegerMatrix } from '#lib/mapping/integerMatMul';
import { integerRange } from '#lib/mapping/integerRange';
import { quantize, type LinearMapping } from '#lib/mapping/linearMapping';

/** A layer of a statically quantized model, in integers. */
interface IntegerLayer {
  /** To uint8. */
  readonly input: LinearMapping;
  readonly weights: IntegerMatrix;
  readonly bias: Int32Array;
  /** Real value of 1 in the accumulators: one for all, or one for each output. */
  readonly accumulatorScales: Float32Array;
}

/**
 * Computes in TypeScript what the engine makes of a model of {@link quantizeStatic} in the form QDQ, in
 * integers from the input to the last accumulators, with an integer product of one's choice: what another
 * CPU would answer. In each layer
 *
 *     accumulators = product(x, W) + b        next x = requantize(accumulators)
 *
 * and the last accumulators, times their scale, are the logits. A ReLU needs no step of its own: the range
 * of what follows it starts at 0, and all below is cut off. Signed activations (S8S8) are moved up by 128
 * with their zero point, as ONNX Runtime does on x86 (`QDQS8ToU8Transformer`): exact products stay the
 * same, and the instruction that saturates takes uint8.
 *
 * @param model content of the quantized model's file: layers of Gemm, and ReLUs between them
 * @returns function from a batch (float32, [rows, width], row-major) to logits ([rows, classes])
 * @throws Error naming what is missing if it is no such model
 */
export function staticInt8Logits(
  model: Uint8Array,
  product: IntegerProduct,
): (batch: Float32Array) => Float32Array {
  const [first, ...others] = feedForwardLayers(model).map(integerLayer);
  return (batch) => {
    const last = others.reduce(
      ({ layer, accumulators }, next) => ({
        layer: next,
        accumulators: accumulate(
          next,
          requantize(accumulators, layer.accumulatorScales, next.input),
          product,
        ),
      }),
      { layer: first, accumulators: accumulate(first, quantize(batch, first.input), product) },
    );
    const scales = last.layer.accumulatorScales;
    return Float32Array.from(last.accumulators, (sum, i) => sum * scales[i % scales.length]);
  };
}

/** Sums of a layer for a batch of uint8 numbers. */
function accumulate(
  { input, weights, bias }: IntegerLayer,
  values: Int32Array,
  product: IntegerProduct,
): Int32Array {
  const [rows, columns] = [values.length / weights.rows, weights.rows];
  return product({ rows, columns, values, zeroPoint: input.zeroPoint }, weights).map(
    (sum, i) => sum + bias[i % bias.length],
  );
}

function integerLayer(layer: FeedForwardLayer, index: number): IntegerLayer {
  if (layer.kind !== 'static') {
    throw new Error(`layer ${index + 1} of the model is ${layer.kind}, not static int8`);
  }
  const { inputs, outputs, weights, scales, inputMapping, bias } = layer;
  return {
    input: { ...inputMapping, integers: integerRange({ bits: 8, signed: false }) },
    weights: { rows: inputs, columns: outputs, values: weights, zeroPoint: 0 },
    bias: bias ?? new Int32Array(outputs),
    accumulatorScales: scales.map((scale) => inputMapping.scale * scale),
  };
}
