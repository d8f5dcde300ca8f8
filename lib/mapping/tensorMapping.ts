import { blockDims, joinBlocks, splitBlocks, type Blocks } from '#lib/mapping/blocks';
import { joinChannels, splitChannels } from '#lib/mapping/channels';
import type { IntegerRange } from '#lib/mapping/integerRange';
import {
  dequantize,
  linearMapping,
  quantize,
  type LinearMapping,
  type Scheme,
} from '#lib/mapping/linearMapping';
import { minMax } from '#lib/mapping/valueRange';

/** Which values of a tensor share a scale and a zero point. */
export type Granularity =
  | { readonly per: 'tensor' }
  /** Those of a slice along `axis`: for weights that of the layer's outputs. */
  | { readonly per: 'channel'; readonly axis: number }
  /** Those of a block along `axis`: for weights that of the layer's inputs. */
  | ({ readonly per: 'block' } & Blocks);

export interface TensorMappingOptions {
  readonly granularity: Granularity;
  readonly integers: IntegerRange;
  readonly scheme: Scheme;
}

/** The values of a tensor as integers. */
export interface QuantizedTensor {
  /** Row-major, in the shape of the tensor. */
  readonly values: Int32Array;
  /** A mapping for each part, in the order of a row-major tensor of shape `mappingDims`. */
  readonly mappings: readonly LinearMapping[];
  /**
   * Shape of the scales as ONNX has it: [] per tensor, [channels] per channel, and per block that of
   * the tensor with the number of blocks in the place of the axis.
   */
  readonly mappingDims: readonly number[];
}

/**
 * Quantizes a tensor by a mapping for each of its parts, chosen by the range of the part.
 *
 * @param data row-major, shape `dims`
 * @throws RangeError if a value is NaN or infinite
 */
export function quantizeTensor(
  data: Float32Array,
  dims: readonly number[],
  { granularity, integers, scheme }: TensorMappingOptions,
): QuantizedTensor {
  const parts = splitTensor(data, dims, granularity);
  const mappings = parts.map((values) => linearMapping(minMax(values), integers, scheme));
  return {
    values: joinTensor(
      parts.map((values, i) => quantize(values, mappings[i])),
      dims,
      granularity,
      new Int32Array(data.length),
    ),
    mappings,
    mappingDims: mappingDims(dims, granularity),
  };
}

/**
 * What is left of a tensor that is quantized and dequantized again.
 *
 * @returns float32, in the shape of the tensor
 * @throws RangeError if a value is NaN or infinite
 */
export function reconstructTensor(
  data: Float32Array,
  dims: readonly number[],
  { granularity, integers, scheme }: TensorMappingOptions,
): Float32Array {
  const parts = splitTensor(data, dims, granularity).map((values) => {
    const mapping = linearMapping(minMax(values), integers, scheme);
    return dequantize(quantize(values, mapping), mapping);
  });
  return joinTensor(parts, dims, granularity, new Float32Array(data.length));
}

export function splitTensor(
  data: Float32Array,
  dims: readonly number[],
  granularity: Granularity,
): Float32Array[] {
  if (granularity.per === 'block') return splitBlocks(data, dims, granularity);
  return splitChannels(data, dims, granularity.per === 'channel' ? granularity.axis : undefined);
}

export function joinTensor<T extends Float32Array | Int32Array>(
  parts: readonly ArrayLike<number>[],
  dims: readonly number[],
  granularity: Granularity,
  into: T,
): T {
  if (granularity.per === 'block') return joinBlocks(parts, dims, granularity, into);
  const axis = granularity.per === 'channel' ? granularity.axis : undefined;
  return joinChannels(parts, dims, axis, into);
}

function mappingDims(dims: readonly number[], granularity: Granularity): readonly number[] {
  switch (granularity.per) {
    case 'tensor':
      return [];
    case 'channel':
      return [dims[granularity.axis]];
    case 'block':
      return blockDims(dims, granularity);
  }
}
