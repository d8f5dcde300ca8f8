import { joinBlocks, splitBlocks, type Blocks } from '#lib/mapping/blocks';
import { joinChannels, splitChannels } from '#lib/mapping/channels';
import type { IntegerRange } from '#lib/mapping/integerRange';
import { dequantize, linearMapping, quantize, type Scheme } from '#lib/mapping/linearMapping';
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
  const reconstruct = (values: Float32Array): Float32Array => {
    const mapping = linearMapping(minMax(values), integers, scheme);
    return dequantize(quantize(values, mapping), mapping);
  };
  const into = new Float32Array(data.length);
  if (granularity.per === 'block') {
    const blocks = splitBlocks(data, dims, granularity).map(reconstruct);
    return joinBlocks(blocks, dims, granularity, into);
  }
  const axis = granularity.per === 'channel' ? granularity.axis : undefined;
  return joinChannels(splitChannels(data, dims, axis).map(reconstruct), dims, axis, into);
}
