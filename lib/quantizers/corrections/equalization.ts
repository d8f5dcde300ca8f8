import type { Graph } from '#lib/onnx/graph';
import { readCanonical } from '#lib/quantizers/canonicalLayers';
import { readCounts } from '#lib/onnx/reads';
import { linearLayers, type LinearLayer } from '#lib/quantizers/linearLayers';
import { replaceParameters } from '#lib/quantizers/replaceParameters';

/** Rounds after which a long chain of layers is taken as it is. */
const mostRounds = 100;
/** Relative change of a factor that float32 weights don't show. */
const tolerance = 1e-8;

/**
 * Cross-layer equalization: the same network with weights that one scale for a layer fits better
 * (Nagel et al., Data-Free Quantization Through Weight Equalization and Bias Correction, 2019, arXiv
 * 1906.04721). ReLU lets positive factors through, so the weights into a unit can be
 * divided by what the weights out of it are multiplied by. For unit i between two layers
 *
 *     s_i = max|W1_i| / √(max|W1_i| · max|W2_i|)      W1_i / s_i,   b1_i / s_i,   W2_i · s_i
 *
 * makes the greatest magnitude the same on both sides. Where s_i is no positive finite number, as for a
 * unit without weights on one side, it is 1. What a pair of layers is given disturbs the next pair, so
 * all pairs are gone over again until nothing changes, as the paper does (AIMET goes over them once).
 * Logits differ from those before only by the rounding of float32.
 *
 * Two layers are a pair if only a ReLU reads the first, and only the second reads the ReLU; a model
 * without such layers comes back with the same weights.
 *
 * @param model content of an ONNX file, operator set 11 or later
 * @returns content of the equalized model's file
 * @throws Error if `model` is no such file or has no fully connected layer
 */
export function equalize(model: Uint8Array): Uint8Array {
  const scaled = scaledLayers(readCanonical(model).graph);
  for (let round = 0; round < mostRounds; round++) {
    const change = Math.max(...scaled.map(equalizePair));
    if (change < tolerance) break;
  }
  const byOutput = new Map(scaled.map((layer) => [layer.layer.output, layer]));
  return replaceParameters(model, 'equalized', ({ output, bias }) => {
    const layer = byOutput.get(output);
    return {
      weight: layer && new Float32Array(scaledWeights(layer)),
      bias: bias?.data.map((value, i) => value / (layer?.divisors[i] ?? 1)),
    };
  });
}

/** A layer and the factors that its weights have got: those of the units on its two sides. */
interface ScaledLayer {
  readonly layer: LinearLayer;
  /** For each input; the divisors of the layer before, where there is one. */
  readonly multipliers: Float64Array;
  /** For each output. */
  readonly divisors: Float64Array;
  next?: ScaledLayer;
}

/** The layers, those of a pair with the factors of the units between them in common. */
function scaledLayers(graph: Graph): ScaledLayer[] {
  const layers = linearLayers(graph);
  const feeds = feeding(graph);
  const scaled: ScaledLayer[] = [];
  for (const layer of layers) {
    const before = scaled.find((first) => feeds(first.layer, layer));
    const [inputs, outputs] = [1 - layer.outputAxis, layer.outputAxis].map((axis) =>
      new Float64Array(layer.weight.dims[axis]).fill(1),
    );
    const added = { layer, multipliers: before?.divisors ?? inputs, divisors: outputs };
    if (before) before.next = added;
    scaled.push(added);
  }
  return scaled;
}

/** Tells whether all that becomes of a layer's output is its ReLU, and of that the other's input. */
function feeding(graph: Graph): (first: LinearLayer, second: LinearLayer) => boolean {
  const reads = readCounts(graph);
  const relus = new Map(
    graph.node.filter(({ opType }) => opType === 'Relu').map((relu) => [relu.output[0], relu]),
  );
  return (first, second) =>
    relus.get(second.input)?.input[0] === first.output &&
    reads.get(first.output) === 1 &&
    reads.get(second.input) === 1;
}

/** Gives both sides of a pair the same magnitudes; returns the greatest relative change. */
function equalizePair(first: ScaledLayer): number {
  if (!first.next) return 0;
  const into = magnitudes(first, first.layer.outputAxis);
  const out = magnitudes(first.next, 1 - first.next.layer.outputAxis);
  let change = 0;
  into.forEach((magnitude, i) => {
    const factor = magnitude / Math.sqrt(magnitude * out[i]);
    if (!(factor > 0 && factor < Infinity)) return;
    first.divisors[i] *= factor;
    change = Math.max(change, Math.abs(factor - 1));
  });
  return change;
}

/** Greatest magnitude among the scaled weights of each input or output. */
function magnitudes(scaled: ScaledLayer, axis: number): Float64Array {
  const [rows, columns] = scaled.layer.weight.dims;
  const weights = scaledWeights(scaled);
  const greatest = new Float64Array(axis === 0 ? rows : columns);
  for (let row = 0, i = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++, i++) {
      const unit = axis === 0 ? row : column;
      greatest[unit] = Math.max(greatest[unit], Math.abs(weights[i]));
    }
  }
  return greatest;
}

/** The weights with their factors, not yet rounded to float32. */
function scaledWeights({ layer, multipliers, divisors }: ScaledLayer): Float64Array {
  const { data, dims } = layer.weight;
  const [rows, columns] = dims;
  const scaled = new Float64Array(data.length);
  for (let row = 0, i = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++, i++) {
      const factor =
        layer.outputAxis === 1
          ? multipliers[row] / divisors[column]
          : multipliers[column] / divisors[row];
      scaled[i] = data[i] * factor;
    }
  }
  return scaled;
}
