import type { IntegerRange } from '#lib/mapping/integerRange';
import type { LinearLayer } from '#lib/quantizers/linearLayers';
import { linearMapping, quantize, type LinearMapping } from '#lib/mapping/linearMapping';
import { minMax } from '#lib/mapping/valueRange';
import { alphaOf, maxAlpha } from '#lib/quantizers/corrections/rectifiedSigmoid';

/**
 * What is to be learned about a layer: whether to round its weights down or up. Weights are those of
 * inputs that are not 0 in all examples, as a matrix [inputs, outputs], row-major.
 */
export interface RoundingProblem {
  readonly rows: number;
  readonly inputs: number;
  readonly outputs: number;
  /** Examples, shape [rows, inputs], row-major. */
  readonly x: Float32Array;
  /** Where each weight stands among all of the layer. */
  readonly places: Uint32Array;
  /** Of all weights of the layer. */
  readonly scale: number;
  /** `W / s − floor(W / s)`, from 0 to 1. */
  readonly fractions: Float32Array;
  /** Below 0: round down. */
  readonly alphas: Float32Array;
  /** Of all weights of the layer. */
  readonly grid: Grid;
}

/** The weights of a layer, in their order, as multiples of its scale. */
interface Grid {
  readonly nearest: Int32Array;
  readonly floors: Int32Array;
  /** Where the greatest stands, which must not change. */
  readonly greatest: number;
}

/**
 * The problem with each rounding at the fraction that the weight has above the lower integer.
 *
 * @param batches what enters the layer, shape [rows, inputs] each, row-major
 */
export function roundingProblem(
  layer: LinearLayer,
  batches: readonly Float32Array[],
  integers: IntegerRange,
): RoundingProblem {
  const { weight, outputAxis } = layer;
  const [width, outputs] = [weight.dims[1 - outputAxis], weight.dims[outputAxis]];
  const used = usedColumns(batches, width);
  const inputs = used.length;
  const rows = batches.reduce((sum, { length }) => sum + length / width, 0);
  const x = new Float32Array(rows * inputs);
  let filled = 0;
  for (const batch of batches) {
    for (let start = 0; start < batch.length; start += width) {
      for (const column of used) x[filled++] = batch[start + column];
    }
  }
  const { scale, ...grid } = weightGrid(weight.data, integers);
  const places = new Uint32Array(inputs * outputs);
  used.forEach((input, i) => {
    for (let o = 0; o < outputs; o++) {
      places[i * outputs + o] = outputAxis === 1 ? input * outputs + o : o * width + input;
    }
  });
  // In loops: a layer has a million weights, and a function for each takes ten times as long.
  const [fractions, alphas] = [0, 1].map(() => new Float32Array(places.length));
  for (let i = 0; i < places.length; i++) {
    const place = places[i];
    const fraction = weight.data[place] / scale - grid.floors[place];
    fractions[i] = Math.min(Math.max(fraction, 0), 1);
    if (place !== grid.greatest) alphas[i] = alphaOf(fractions[i]);
    else alphas[i] = fractions[i] < 0.5 ? -maxAlpha : maxAlpha;
  }
  return { rows, inputs, outputs, x, places, scale, fractions, alphas, grid };
}

/** The weights of a layer, rounded as the problem's `alphas` say, the others to nearest. */
export function roundedWeights({ places, scale, alphas, grid }: RoundingProblem): Float32Array {
  const weights = new Float32Array(grid.nearest.length);
  for (let i = 0; i < weights.length; i++) weights[i] = grid.nearest[i] * scale;
  for (let i = 0; i < places.length; i++) {
    const place = places[i];
    weights[place] = (grid.floors[place] + (alphas[i] < 0 ? 0 : 1)) * scale;
  }
  return weights;
}

/** Columns that are not 0 in all examples; rising. */
function usedColumns(batches: readonly Float32Array[], width: number): Uint32Array {
  const isUsed = new Uint8Array(width);
  for (const batch of batches) {
    for (let i = 0; i < batch.length; i++) if (batch[i] !== 0) isUsed[i % width] = 1;
  }
  const used = Uint32Array.from(isUsed.keys()).filter((column) => isUsed[column] === 1);
  return used.length > 0 ? used : Uint32Array.of(0); // the engine takes no empty matrix
}

function weightGrid(weights: Float32Array, integers: IntegerRange): Grid & { scale: number } {
  const mapping = stableMapping(weights, integers);
  const { min, max } = mapping.integers;
  const floors = new Int32Array(weights.length);
  let greatest = 0;
  for (let i = 0; i < weights.length; i++) {
    floors[i] = Math.min(Math.max(Math.floor(weights[i] / mapping.scale), min), max - 1);
    if (Math.abs(weights[i]) > Math.abs(weights[greatest])) greatest = i;
  }
  return { scale: mapping.scale, nearest: quantize(weights, mapping), floors, greatest };
}

/**
 * The min-max mapping, with a scale that is found again from its greatest multiple: in one of some 25
 * cases the two roundings to float32 give its neighbour, which then gives itself.
 */
function stableMapping(values: Float32Array, integers: IntegerRange): LinearMapping {
  const { scale, integers: used } = linearMapping(minMax(values), integers, 'symmetric-narrow');
  const max = Math.fround(used.max * scale);
  return linearMapping({ min: -max, max }, integers, 'symmetric-narrow');
}
