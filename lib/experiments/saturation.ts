/** What a CPU that saturates makes of a model, computed on any machine. */
import { argmaxRows } from '#lib/evaluation/accuracy';
import { denseBatches } from '#lib/evaluation/batches';
import { openSession } from '#lib/evaluation/session';
import { interruptible } from '#lib/interruption';
import { rowRange, type Dataset } from '#lib/loaders/dataset';
import type { TrainedModel } from '#lib/models/checkpoint';
import { quantizeDynamic } from '#lib/quantizers/dynamicInt8';
import { dynamicInt8Logits } from '#lib/quantizers/dynamicInt8Logits';
import { integerMatMul } from '#lib/quantizers/mapping/integerMatMul';
import type { WeightOptions } from '#lib/quantizers/quantizedWeights';
import { saturatingMatMul } from '#lib/quantizers/mapping/saturatingMatMul';
import { percent } from '#lib/report/numbers';
import { withProgress } from '#lib/report/progress';
import type { Row } from '#lib/report/table';

export interface SaturationCase extends WeightOptions {
  /** What the table calls these weights. */
  readonly weights: string;
}

/** Predictions of one model, in one form of its weights. */
export interface Saturation {
  readonly model: string;
  readonly weights: string;
  readonly total: number;
  /** Right ones, where all sums are exact: VNNI, AMX, Arm. */
  readonly exactCorrect: number;
  /** Right ones, where sums of two products are cut off at 16 bits: x86 without VNNI. */
  readonly saturatingCorrect: number;
  /** Rows that the two put into different classes. */
  readonly flips: number;
  /** Rows that the engine on this machine puts into another class than either computation. */
  readonly engineDiffersFromExact: number;
  readonly engineDiffersFromSaturating: number;
}

const batchSize = 64;

/** From a batch to logits. */
type Run = (batch: Float32Array) => Float32Array | Promise<Float32Array>;

/**
 * Quantizes a model dynamically in each way and classifies the first rows of the test split three times:
 * by exact arithmetic, by that of CPUs that saturate (both computed in TypeScript), and by the engine.
 *
 * @param examples rows, or all if there are fewer
 */
export function saturation(
  { spec, model }: TrainedModel,
  { test: { features, labels }, classes }: Dataset,
  cases: readonly SaturationCase[],
  { examples, threads }: { examples: number; threads: number },
): Promise<Saturation[]> {
  const rows = rowRange(0, Math.min(examples, labels.length));
  const title = `Emulating ${spec.name} on ${rows.length} examples`;
  return withProgress(title, 'batches', (progress) =>
    interruptible(async (signal) => {
      const total = 3 * cases.length * Math.ceil(rows.length / batchSize);
      let done = 0;
      // The same batches for all three, as the range of the activations is taken over a batch.
      const classify = async (run: Run): Promise<Uint8Array> => {
        const predictions = new Uint8Array(rows.length);
        let start = 0;
        for (const batch of denseBatches(features, batchSize, rows)) {
          signal.throwIfAborted();
          const chosen = argmaxRows(await run(batch), classes);
          predictions.set(chosen, start);
          start += chosen.length;
          progress(++done, total);
          await new Promise(setImmediate); // lets the display and an interrupt through
        }
        return predictions;
      };
      const results: Saturation[] = [];
      for (const { weights, ...options } of cases) {
        const int8 = quantizeDynamic(model, options);
        const exact = await classify(dynamicInt8Logits(int8, integerMatMul));
        const saturating = await classify(dynamicInt8Logits(int8, saturatingMatMul));
        const session = await openSession(int8, { threads });
        const engine = await classify(session.run);
        await session.release();
        const differing = (a: Uint8Array, b: Uint8Array): number =>
          rows.filter((row) => a[row] !== b[row]).length;
        results.push({
          model: spec.name,
          weights,
          total: rows.length,
          exactCorrect: rows.length - differing(exact, labels),
          saturatingCorrect: rows.length - differing(saturating, labels),
          flips: differing(exact, saturating),
          engineDiffersFromExact: differing(engine, exact),
          engineDiffersFromSaturating: differing(engine, saturating),
        });
      }
      return results;
    }),
  );
}

export function saturationRows(results: readonly Saturation[]): Row[] {
  return results.map((result) => ({
    Model: result.model,
    Weights: result.weights,
    'Accuracy, exact sums (%)': percent(result.exactCorrect, result.total),
    'Accuracy, sums cut off (%)': percent(result.saturatingCorrect, result.total),
    'Changed predictions': `${result.flips} of ${result.total}`,
    'Engine here ≠ exact': result.engineDiffersFromExact,
    'Engine here ≠ cut off': result.engineDiffersFromSaturating,
  }));
}

/** Whether the narrower range is needed, a sentence for each model. */
export function saturationFindings(results: readonly Saturation[]): string[] {
  return [...new Set(results.map(({ model }) => model))].map((model) => {
    const own = results.filter((result) => result.model === model);
    const worst = own.reduce((a, b) => (b.flips > a.flips ? b : a));
    if (worst.flips === 0) {
      return `${model}: no prediction depends on the CPU, whatever the range of the weights.`;
    }
    const points = (100 * (worst.saturatingCorrect - worst.exactCorrect)) / worst.total;
    const change = `${points < 0 ? '−' : '+'}${Math.abs(points).toFixed(2)} points`;
    const safe = own.filter(({ flips }) => flips === 0).map(({ weights }) => weights);
    const none = safe.length > 0 ? `; none change with weights ${safe.join(' or ')}` : '';
    return (
      `${model}: with weights ${worst.weights}, ${worst.flips} of ${worst.total} predictions change on a ` +
      `CPU that saturates (accuracy ${change})${none}.`
    );
  });
}
