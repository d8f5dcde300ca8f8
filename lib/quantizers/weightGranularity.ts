import type { LinearLayer } from '#lib/quantizers/linearLayers';
import type { Granularity } from '#lib/mapping/tensorMapping';

/** Which weights of a layer share a scale: all if both are left out. */
export type WeightGranularity =
  | {
      /** A scale for each output of a layer instead of one for the whole layer. */
      readonly perChannel?: boolean;
      readonly blockSize?: undefined;
    }
  | {
      /** A scale for this many neighbouring inputs of each output. */
      readonly blockSize: number;
      readonly perChannel?: undefined;
    };

/** The same in terms of the axes of the layer's weights. */
export function weightGranularity(
  { outputAxis }: LinearLayer,
  { perChannel, blockSize }: WeightGranularity,
): Granularity {
  if (blockSize !== undefined) return { per: 'block', axis: 1 - outputAxis, blockSize };
  return perChannel ? { per: 'channel', axis: outputAxis } : { per: 'tensor' };
}
