import { node } from '#lib/onnx/graph';
import type { LinearLayer } from '#lib/quantizers/linearLayers';
import { replaceLayers } from '#lib/quantizers/replaceLayers';

/** New parameters of a layer; those left out stay as they are. */
export interface NewParameters {
  /** In the shape of the old ones. */
  readonly weight?: Float32Array;
  /** Shape [outputs], also for a layer that had none. */
  readonly bias?: Float32Array;
}

/**
 * The model with other weights and biases in its fully connected layers, in float32 as before.
 *
 * @param model content of an ONNX file, operator set 11 or later
 * @param change what was done to them, for their names: `layer1.weight_equalized`
 * @returns content of the new model's file
 * @throws Error if `model` is no such file or has no fully connected layer
 */
export function replaceParameters(
  model: Uint8Array,
  change: string,
  newParameters: (layer: LinearLayer) => NewParameters,
): Uint8Array {
  return replaceLayers(model, (layer, constants) => {
    const { weight, bias } = newParameters(layer);
    const { output } = layer;
    const [input, weightName, ...biasName] = layer.node.input;
    const add = (name: string, dims: readonly number[], data: Float32Array): string =>
      constants.add(`${name}_${change}`, { dtype: 'float32', dims, data });
    const newWeight = weight ? add(weightName, layer.weight.dims, weight) : weightName;
    if (!bias) return [{ ...layer.node, input: [input, newWeight, ...biasName] }];
    const newBias = add(layer.bias?.name ?? `${output}_bias`, [bias.length], bias);
    if (layer.bias) return [{ ...layer.node, input: [input, newWeight, newBias] }];
    const product = `${output}_product`;
    return [
      { ...layer.node, input: [input, newWeight], output: [product] },
      node('Add', [product, newBias], [output]),
    ];
  });
}
