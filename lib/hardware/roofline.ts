import { bandwidthFor, type Bandwidth } from '#lib/hardware/bandwidth';
import type { Peaks } from '#lib/hardware/peaks';

/** What a call of a model reads, writes and computes. */
export interface Work {
  /** Operations (multiplications and additions) of the matrix products. */
  readonly operations: number;
  /** Bytes of the weights, and of the activations that go in and out of each layer. */
  readonly bytes: number;
}

/**
 * Work of one call of a feed-forward network.
 *
 * @param widths widths from input to output, such as `[400, 1024, 1024, 10]`
 * @param weightBytes bytes of a weight: 4 or 1
 */
export function work(widths: readonly number[], batchSize: number, weightBytes: number): Work {
  const layers = widths.slice(1).map((outputs, i) => ({ inputs: widths[i], outputs }));
  const sum = (of: (layer: (typeof layers)[number]) => number): number =>
    layers.reduce((total, layer) => total + of(layer), 0);
  return {
    operations: sum(({ inputs, outputs }) => 2 * inputs * outputs * batchSize),
    bytes: sum(
      ({ inputs, outputs }) => weightBytes * inputs * outputs + 4 * (inputs + outputs) * batchSize,
    ),
  };
}

/** How near to what the machine can do a call comes. */
export interface RooflinePoint {
  /** Operations for each byte. */
  readonly intensity: number;
  readonly operationsPerSecond: number;
  /** What the machine can do at this intensity, operations per second. */
  readonly limit: number;
  readonly binds: 'reading' | 'arithmetic';
}

/**
 * The roofline model (Williams, Waterman and Patterson, CACM 2009): operations per second can exceed
 * neither the peak of the arithmetic nor bandwidth × intensity. The bandwidth is that for as many bytes as
 * the call reads, so that a model that fits into a cache is held against this cache.
 *
 * @param seconds of one call
 */
export function rooflinePoint(
  { operations, bytes }: Work,
  seconds: number,
  { peak, bandwidths }: { peak: number; bandwidths: readonly Bandwidth[] },
): RooflinePoint {
  const intensity = operations / bytes;
  const byMemory = bandwidthFor(bandwidths, bytes) * intensity;
  return {
    intensity,
    operationsPerSecond: operations / seconds,
    limit: Math.min(peak, byMemory),
    binds: byMemory < peak ? 'reading' : 'arithmetic',
  };
}

export interface Machine {
  readonly peaks: Peaks;
  readonly bandwidths: readonly Bandwidth[];
}
