import { denseBatch, rowRange, type Features } from '#lib/loaders/dataset';
import { significant } from '#lib/report/numbers';
import { withProgress } from '#lib/report/progress';
import type { Row } from '#lib/report/table';
import { profileModels } from '#lib/timers/profileModels';
import { measureLatency, type ModelVariant } from '#lib/timers/latency';

/** A model with the operators by which the engine runs it. */
export interface RanOperators {
  readonly name: string;
  /** In the order of their first run; what the engine fused stands under the name of the fused node. */
  readonly operators: readonly string[];
  /** Median of a call with one row. */
  readonly microseconds: number;
}

/** Which operators run a model, by the engine's profiler, and how long a call takes without it. */
export function ranOperators(
  variants: readonly ModelVariant[],
  features: Features,
  { threads, runs }: { threads: number; runs: number },
): Promise<RanOperators[]> {
  return withProgress(
    `Operators of ${variants.length} models`,
    'runs',
    async (onProgress, signal) => {
      const row = denseBatch(features, rowRange(0, 1));
      const profiles = await profileModels(variants, row, { threads, calls: 10, signal });
      const options = { batchSizes: [1], runs, threads, runMilliseconds: 40, onProgress, signal };
      const latencies = await measureLatency(variants, features, options);
      return variants.map(({ name }, i) => ({
        name,
        operators: [...profiles[i].operators.keys()],
        microseconds: latencies[i].medianMicroseconds,
      }));
    },
  );
}

export function operatorRows(all: readonly RanOperators[]): Row[] {
  return all.map(({ name, operators, microseconds }) => ({
    Model: name,
    'Operators that ran': operators.join(', '),
    'B1 (µs)': significant(microseconds, 3),
  }));
}

/**
 * What a lonely static layer is run by in its two forms, in words.
 *
 * @param forms QDQ, then QOperator
 */
export function lonelyLayerFinding([qdq, qOperator]: readonly RanOperators[]): string {
  const times = qdq.microseconds / qOperator.microseconds;
  return (
    `Written as QDQ, a call of the layer takes ${significant(times, 3)} times as long as written with ` +
    `QGemm. ` +
    (qdq.operators.includes('QGemm')
      ? 'The engine ran integers in both.'
      : 'The engine joined the ReLU to the Gemm before it could see the pair behind it as an integer ' +
        'layer: it dequantizes the weights anew in each call and multiplies in float32.')
  );
}
