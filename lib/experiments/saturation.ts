/** What a CPU that saturates makes of a model, computed on any machine. */
import { argmaxRows, correctCount, differingRows } from '#lib/evaluation/accuracy';
import { denseBatches } from '#lib/evaluation/batches';
import { openSession } from '#lib/evaluation/session';
import { rowRange, type Split } from '#lib/loaders/dataset';
import type { Ranges } from '#lib/quantizers/calibration';
import { quantizeDynamic } from '#lib/quantizers/dynamicInt8';
import { dynamicInt8Logits } from '#lib/quantizers/dynamicInt8Logits';
import { integerMatMul } from '#lib/mapping/integerMatMul';
import { saturatingMatMul } from '#lib/mapping/saturatingMatMul';
import type { WeightOptions } from '#lib/quantizers/quantizedWeights';
import { quantizeStatic } from '#lib/quantizers/staticInt8';
import { staticInt8Logits } from '#lib/quantizers/staticInt8Logits';
import { percent, signed } from '#lib/report/numbers';
import type { Progress } from '#lib/report/progress';
import type { Row } from '#lib/report/table';
import { withWorkers } from '#lib/experiments/workers';

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

/** A model to be emulated in one case, as plain values. */
export interface Emulation {
  /** What tables call the model. */
  readonly name: string;
  /** Content of a float32 ONNX file. */
  readonly model: Uint8Array;
  /** What `calibrate` found for the model: for static int8. */
  readonly ranges: Ranges;
  readonly test: Split;
  readonly weightCase: SaturationCase;
  /** Rows of the test split, the first ones; all if there are fewer. */
  readonly examples: number;
}

/**
 * Quantizes a model and classifies rows of the test split three times: by exact arithmetic, by that of
 * CPUs that saturate (both computed in TypeScript), and by the engine on one thread.
 */
export async function emulate(
  { name, model, ranges, test: { features, labels }, weightCase, examples }: Emulation,
  progress: Progress,
): Promise<Saturation> {
  const { form, weights, ...options } = weightCase;
  const rows = rowRange(0, Math.min(examples, labels.length));
  const total = 3 * Math.ceil(rows.length / batchSize);
  let done = 0;
  // The same batches for all three, as the range of the activations is taken over a batch.
  const classify = async (run: Run): Promise<Uint32Array> => {
    const predictions: number[] = [];
    for (const batch of denseBatches(features, batchSize, rows)) {
      const logits = await run(batch);
      predictions.push(...argmaxRows(logits, (logits.length * features.width) / batch.length));
      progress(++done, total);
    }
    return Uint32Array.from(predictions);
  };
  const [int8, logitsBy] =
    form === 'dynamic int8'
      ? ([quantizeDynamic(model, options), dynamicInt8Logits] as const)
      : ([quantizeStatic(model, ranges, options), staticInt8Logits] as const);
  const exact = await classify(logitsBy(int8, integerMatMul));
  const saturating = await classify(logitsBy(int8, saturatingMatMul));
  const session = await openSession(int8, { threads: 1 });
  const engine = await classify(session.run).finally(session.release);
  const own = labels.subarray(0, rows.length);
  return {
    model: name,
    form,
    weights,
    total: rows.length,
    exactCorrect: correctCount(exact, own),
    saturatingCorrect: correctCount(saturating, own),
    flips: differingRows(exact, saturating),
    engineDiffersFromExact: differingRows(engine, exact),
    engineDiffersFromSaturating: differingRows(engine, saturating),
  };
}

/** {@link emulate} for each model in each case, two at a time in processes of their own, with a progress display. */
export function saturation(
  models: readonly Pick<Emulation, 'name' | 'model' | 'ranges' | 'test'>[],
  cases: readonly SaturationCase[],
  { examples }: Pick<Emulation, 'examples'>,
): Promise<Saturation[]> {
  const emulations = models.flatMap((model) =>
    cases.map((weightCase) => ({ ...model, weightCase, examples })),
  );
  const title = `Emulating ${models.map(({ name }) => name).join(' and ')}`;
  return withWorkers(title, 'batches', (run) =>
    Promise.all(emulations.map((emulation) => run('emulate', emulation))),
  );
}

export function saturationRows(results: readonly Saturation[]): Row[] {
  return results.map((result) => ({
    Model: result.model,
    Form: result.form,
    Weights: result.weights,
    'Accuracy, exact sums (%)': percent(result.exactCorrect, result.total),
    'Accuracy, sums cut off (%)': percent(result.saturatingCorrect, result.total),
    'Changed predictions': `${result.flips} of ${result.total.toLocaleString('en-US')}`,
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
      `${name}: with weights ${worst.weights}, ${worst.flips} of ${worst.total.toLocaleString('en-US')} predictions change on a ` +
      `CPU that saturates (accuracy ${change} points)${none}.`
    );
  });
}
