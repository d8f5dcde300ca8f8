/** What a CPU that saturates makes of a model, computed on any machine. */
import { argmaxRows } from '#lib/evaluation/accuracy';
import { denseBatches } from '#lib/evaluation/batches';
import { openSession } from '#lib/evaluation/session';
import { interruptible } from '#lib/interruption';
import { rowRange, type Dataset } from '#lib/loaders/dataset';
import type { TrainedModel } from '#lib/models/checkpoint';
import type { Ranges } from '#lib/quantizers/calibration';
import { quantizeDynamic } from '#lib/quantizers/dynamicInt8';
import { dynamicInt8Logits } from '#lib/quantizers/dynamicInt8Logits';
import { integerMatMul } from '#lib/quantizers/mapping/integerMatMul';
import { saturatingMatMul } from '#lib/quantizers/mapping/saturatingMatMul';
import type { WeightOptions } from '#lib/quantizers/quantizedWeights';
import { quantizeStatic } from '#lib/quantizers/staticInt8';
import { staticInt8Logits } from '#lib/quantizers/staticInt8Logits';
import { percent, signed } from '#lib/report/numbers';
import { withProgress } from '#lib/report/progress';
import type { Row } from '#lib/report/table';

export interface SaturationCase extends WeightOptions {
  readonly form: Saturable;
  /** What the table calls these weights. */
  readonly weights: string;
}

/** Forms that multiply uint8 by int8. */
export type Saturable = 'dynamic int8' | 'static int8';

/** Predictions of one model, in one form and with one range of its weights. */
export interface Saturation {
  readonly model: string;
  readonly form: Saturable;
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
 * Quantizes a model in each way and classifies the first rows of the test split three times:
 * by exact arithmetic, by that of CPUs that saturate (both computed in TypeScript), and by the engine.
 *
 * @param ranges what `calibrate` found for the model: for static int8
 * @param examples rows, or all if there are fewer
 */
export function saturation(
  { spec, model }: TrainedModel,
  { test: { features, labels }, classes }: Dataset,
  cases: readonly SaturationCase[],
  { ranges, examples, threads }: { ranges: Ranges; examples: number; threads: number },
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
      for (const { form, weights, ...options } of cases) {
        const [int8, logitsBy] =
          form === 'dynamic int8'
            ? ([quantizeDynamic(model, options), dynamicInt8Logits] as const)
            : ([quantizeStatic(model, ranges, options), staticInt8Logits] as const);
        const exact = await classify(logitsBy(int8, integerMatMul));
        const saturating = await classify(logitsBy(int8, saturatingMatMul));
        const session = await openSession(int8, { threads });
        const engine = await classify(session.run);
        await session.release();
        const differing = (a: Uint8Array, b: Uint8Array): number =>
          rows.filter((row) => a[row] !== b[row]).length;
        results.push({
          model: spec.name,
          form,
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
    Form: result.form,
    Weights: result.weights,
    'Accuracy, exact sums (%)': percent(result.exactCorrect, result.total),
    'Accuracy, sums cut off (%)': percent(result.saturatingCorrect, result.total),
    'Changed predictions': `${result.flips} of ${result.total}`,
    'Engine here ≠ exact': result.engineDiffersFromExact,
    'Engine here ≠ cut off': result.engineDiffersFromSaturating,
  }));
}

/** Whether the narrower range is needed, a sentence for each form of each model. */
export function saturationFindings(results: readonly Saturation[]): string[] {
  const nameOf = ({ model, form }: Saturation): string => `${model}, ${form}`;
  return [...new Set(results.map(nameOf))].map((name) => {
    const own = results.filter((result) => nameOf(result) === name);
    const worst = own.reduce((a, b) => (b.flips > a.flips ? b : a));
    if (worst.flips === 0) {
      return `${name}: no prediction depends on the CPU, whatever the range of the weights.`;
    }
    const change = signed((100 * (worst.saturatingCorrect - worst.exactCorrect)) / worst.total);
    const safe = own.filter(({ flips }) => flips === 0).map(({ weights }) => weights);
    const none = safe.length > 0 ? `; none change with weights ${safe.join(' or ')}` : '';
    return (
      `${name}: with weights ${worst.weights}, ${worst.flips} of ${worst.total} predictions change on a ` +
      `CPU that saturates (accuracy ${change} points)${none}.`
    );
  });
}
