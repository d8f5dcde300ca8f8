import { readCanonical } from '#lib/quantizers/canonicalLayers';
import { innerTensors, keepBatches, type Batches } from '#lib/quantizers/innerTensors';
import { linearLayers, type LinearLayer } from '#lib/quantizers/linearLayers';
import { replaceParameters } from '#lib/quantizers/replaceParameters';

/**
 * Empirical bias correction: quantizes a model with biases that make up for the mean error of each
 * output (Nagel et al., Data-Free Quantization Through Weight Equalization and Bias Correction, 2019,
 * arXiv 1906.04721). Errors of weights don't cancel where inputs are never
 * negative, as after ReLU: they shift the mean of an output y, and
 *
 *     b −= mean(y_quantized − y_float)      over the calibration examples
 *
 * shifts it back, layer by layer from the input, each measured with those before it quantized and
 * corrected. It costs nothing at run time.
 *
 * It works with any quantizer that keeps the layers' outputs as float32 tensors of the same names, as
 * all here do but static quantization in the QOperator form:
 *
 *     await correctBiases(model, (m) => fakeQuantize(m, { bits: 4 }), batches)
 *     await correctBiases(model, (m) => quantizeStatic(m, ranges), batches)
 *
 * Not for weights from {@link adaRound}, which has made up for the mean error already.
 *
 * @param model content of an ONNX file, operator set 11 or later
 * @param batches calibration examples
 * @returns what `quantize` makes of the model with corrected biases
 * @throws Error if `model` is no such file or has no fully connected layer, or there are no batches
 */
export async function correctBiases(
  model: Uint8Array,
  quantize: (model: Uint8Array) => Uint8Array,
  batches: Batches<Float32Array>,
): Promise<Uint8Array> {
  const layers = linearLayers(readCanonical(model).graph);
  const examples = await keepBatches(batches);
  /** By the name of a layer's output. */
  const corrected = new Map<string, Float32Array>();
  const quantized = (): Uint8Array =>
    quantize(
      replaceParameters(model, 'corrected', ({ output }) => ({ bias: corrected.get(output) })),
    );
  const meansOf = (of: Uint8Array, some: readonly LinearLayer[]): Promise<Float64Array[]> => {
    const names = some.map(({ output }) => output);
    return columnMeans(some, innerTensors(of, names, examples));
  };
  const exact = await meansOf(model, layers);
  for (const [i, layer] of layers.entries()) {
    const [approximate] = await meansOf(quantized(), [layer]);
    corrected.set(
      layer.output,
      Float32Array.from(exact[i], (mean, output) => {
        const bias = layer.bias?.data[output] ?? 0;
        return bias - (approximate[output] - mean);
      }),
    );
  }
  return quantized();
}

/** For each of some layers, the mean of each output over all examples. */
async function columnMeans(
  layers: readonly LinearLayer[],
  batches: AsyncIterable<readonly Float32Array[]>,
): Promise<Float64Array[]> {
  const columns = layers.map(({ weight, outputAxis }) => ({
    sums: new Float64Array(weight.dims[outputAxis]),
    rows: 0, // their number can differ from layer to layer, as a Reshape changes it
  }));
  for await (const tensors of batches) {
    tensors.forEach((values, layer) => {
      const { sums } = columns[layer];
      for (let i = 0; i < values.length; i++) sums[i % sums.length] += values[i];
      columns[layer].rows += values.length / sums.length;
    });
  }
  return columns.map(({ sums, rows }) => sums.map((sum) => sum / rows));
}
