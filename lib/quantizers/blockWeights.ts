import { f16round } from '@petamoriken/float16';
import type { TensorOf } from '#lib/onnx/tensor';
import { splitBlocks } from '#lib/mapping/blocks';
import { splitChannels } from '#lib/mapping/channels';
import { integerRange } from '#lib/mapping/integerRange';
import type { LinearLayer } from '#lib/quantizers/linearLayers';
import {
  linearMapping,
  quantize,
  type LinearMapping,
  type Scheme,
} from '#lib/mapping/linearMapping';
import { minMax } from '#lib/mapping/valueRange';
import { transposed } from '#lib/quantizers/transposed';

export interface BlockOptions {
  /** Of each weight. */
  readonly bits: 4 | 8;
  /**
   * Inputs of an output that share a scale, at most: a power of two from 16. A layer takes the size up
   * to it that makes the file smallest, since the last block is filled up: 400 inputs are 7 blocks of 64
   * with 48 places left, or 4 of 128 with 112.
   */
  readonly blockSize: number;
  /** `symmetric` if left out; `affine` adds a zero point to each block. */
  readonly scheme?: Scheme;
  /**
   * `output` gives all blocks of an output the same scale, in float32: weights are then those of
   * `fakeQuantize` with `perChannel`, on which a network may have been trained, and the scheme is
   * `symmetric-narrow`.
   */
  readonly scalePer?: 'block' | 'output';
  /**
   * How scales of blocks are stored: `float16` if left out, which takes half the room and is as good, as
   * the weights are quantized with the rounded scales. A layer with a scale that float16 has no normal
   * number for (from 2^-14 to 65504) keeps float32.
   */
  readonly scaleType?: ScaleType;
}

export type ScaleType = 'float16' | 'float32';

/** Weights of a layer, each block of inputs quantized by itself. */
export interface BlockWeights {
  readonly outputs: number;
  readonly inputs: number;
  readonly bits: 4 | 8;
  readonly blockSize: number;
  readonly scaleType: ScaleType;
  /** For each output its blocks, in the order of the inputs. */
  readonly blocks: readonly WeightBlock[];
}

/** Weights `scale · (q − zeroPoint)`. */
export interface WeightBlock {
  /** Negative where the weight of greatest magnitude is positive and the scheme symmetric. */
  readonly scale: number;
  readonly zeroPoint: number;
  /** 0..15 or 0..255; of the last block as many as there are inputs left. */
  readonly values: Uint8Array;
}

const smallestBlock = 16;

/** How scales are rounded, and what each takes in a file. */
const scaleTypes = {
  float16: { round: f16round, bytes: 2 },
  float32: { round: Math.fround, bytes: 4 },
};
type Round = (scale: number) => number;

/**
 * Quantizes a layer's weights block by block, with scales of float32 as `MatMulNBitsQuantizer` of ONNX
 * Runtime 1.32 does by default (`core/mlas/lib/q4_dq.cpp`), to the bit, with n bits:
 *
 *     symmetric   scale = −w / 2^(n−1) for the weight w of greatest magnitude, zeroPoint = 2^(n−1)
 *     affine      scale = (max − min) / (2^n − 1), zeroPoint = round(−min / scale), 0 within min..max
 *     q = clamp(round(w · (1 / scale) + zeroPoint))
 *
 * in float32 throughout, half away from 0. (That symmetric scheme uses all integers: w becomes 0, the
 * lowest one, whatever its sign.)
 *
 * @throws RangeError if `blockSize` is no power of two from 16, or a range is too great for float32
 */
export function quantizeBlocks(layer: LinearLayer, options: BlockOptions): BlockWeights {
  const { bits, blockSize: largest, scheme = 'symmetric', scaleType = 'float16' } = options;
  const { scalePer = 'block' } = options;
  const { weight, outputAxis } = layer;
  const { round, bytes } = scaleTypes[scaleType];
  const { dims, data } = outputAxis === 0 ? weight : transposed<TensorOf<'float32'>>(weight);
  const [outputs, inputs] = dims;
  if (scalePer === 'output') {
    const blockSize = smallestBlockSize(inputs, bits, largest, scaleTypes.float32.bytes);
    const parts = splitBlocks(data, dims, { axis: 1, blockSize });
    const integers = integerRange({ bits, signed: true });
    const mappings = splitChannels(data, dims, 0).map((values) =>
      linearMapping(minMax(values), integers, 'symmetric-narrow'),
    );
    const count = parts.length / outputs;
    const blocks = parts.map((values, i) =>
      mappedBlock(values, mappings[Math.floor(i / count)], bits),
    );
    return { outputs, inputs, bits, blockSize, scaleType: 'float32', blocks };
  }
  const blockSize = smallestBlockSize(inputs, bits, largest, bytes);
  const parts = splitBlocks(data, dims, { axis: 1, blockSize });
  const scaleOf = scheme === 'symmetric' ? symmetric : affine;
  if (scaleType === 'float16') {
    const fit = parts.every((values) => isNormalFloat16(scaleOf(values, bits, Math.fround).scale));
    if (!fit) return quantizeBlocks(layer, { ...options, scaleType: 'float32' });
  }
  const blocks = parts.map((values) => quantizeBlock(values, bits, scaleOf(values, bits, round)));
  return { outputs, inputs, bits, blockSize, scaleType, blocks };
}

/** Whether float16 has it, or 0, to its full precision. */
function isNormalFloat16(scale: number): boolean {
  const rounded = Math.abs(f16round(scale));
  return scale === 0 || (rounded >= 2 ** -14 && rounded <= 65504);
}

/** Of the powers of two up to `largest` the one by which a row of weights takes the fewest bytes. */
function smallestBlockSize(
  inputs: number,
  bits: number,
  largest: number,
  scaleBytes: number,
): number {
  if (!Number.isInteger(Math.log2(largest)) || largest < smallestBlock) {
    throw new RangeError(
      `blockSize must be a power of two from ${smallestBlock}, such as 64, not ${largest}`,
    );
  }
  const bytes = (size: number): number =>
    Math.ceil(inputs / size) * ((size * bits) / 8 + scaleBytes);
  let best = smallestBlock;
  for (let size = best; size <= largest; size *= 2) if (bytes(size) < bytes(best)) best = size;
  return best;
}

function mappedBlock(weights: Float32Array, mapping: LinearMapping, bits: number): WeightBlock {
  const zeroPoint = 2 ** (bits - 1);
  const values = Uint8Array.from(quantize(weights, mapping), (q) => q + zeroPoint);
  return { scale: mapping.scale, zeroPoint, values };
}

function quantizeBlock(
  weights: Float32Array,
  bits: number,
  { scale, zeroPoint }: BlockMapping,
): WeightBlock {
  const reciprocal = Math.fround(1 / scale);
  if (!Number.isFinite(reciprocal)) {
    return { scale, zeroPoint, values: new Uint8Array(weights.length).fill(zeroPoint) };
  }
  const highest = 2 ** bits - 1;
  const values = new Uint8Array(weights.length);
  for (let i = 0; i < values.length; i++) {
    const q = Math.round(Math.fround(Math.fround(weights[i] * reciprocal) + zeroPoint));
    values[i] = Math.min(Math.max(q, 0), highest);
  }
  return { scale, zeroPoint, values };
}

type BlockMapping = Pick<WeightBlock, 'scale' | 'zeroPoint'>;

function symmetric(weights: Float32Array, bits: number, round: Round): BlockMapping {
  const { min, max } = minMax(weights);
  const middle = 2 ** (bits - 1);
  return { scale: round((max > -min ? -max : -min) / middle), zeroPoint: middle };
}

function affine(weights: Float32Array, bits: number, round: Round): BlockMapping {
  const range = minMax(weights);
  const [min, max] = [Math.min(range.min, 0), Math.max(range.max, 0)];
  const highest = 2 ** bits - 1;
  const scale = round(Math.fround(max - min) / highest);
  if (!Number.isFinite(scale)) {
    throw new RangeError(`weights from ${min} to ${max} have no affine scale in float32`);
  }
  if (scale === 0) return { scale, zeroPoint: 0 };
  return { scale, zeroPoint: Math.min(Math.round(Math.fround(-min / scale)), highest) };
}
