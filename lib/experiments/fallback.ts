/** Can a device know which answers quantization changed? An experiment on margins. */
import { wilcoxonRankSum } from 'simple-statistics';
import { argmaxRows } from '#lib/evaluation/accuracy';
import { margins, shifts } from '#lib/evaluation/margins';
import { openSession, predict } from '#lib/evaluation/session';
import { availableCores } from '#lib/availableCores';
import type { Dataset } from '#lib/loaders/dataset';
import type { TrainedModel } from '#lib/models/checkpoint';
import { calibrationBatches, type CalibrationExamples } from '#lib/quantizers/calibrationBatches';
import type { Variant } from '#lib/experiments/measure';
import { significant, span } from '#lib/report/numbers';
import { withProgress } from '#lib/report/progress';
import { formName, type Measurement } from '#lib/report/records';
import type { Row } from '#lib/report/table';

/**
 * A form of a model with a fallback: where its margin is below a threshold, float32 is asked again. The
 * threshold is the greatest shift of the logits (see `shifts`) among some training examples. If no test
 * example shifts further, every changed answer has a margin below it.
 */
export interface Fallback extends Pick<Variant, 'quantization' | 'dtype'> {
  readonly model: string;
  /** Of the form's answers to the test examples. */
  readonly margins: Float32Array;
  /** How far quantization moved the logits of the test examples. */
  readonly shifts: Float32Array;
  /** Test examples that float32 puts into another class. */
  readonly changed: readonly boolean[];
  readonly threshold: number;
}

/**
 * Computes margins and shifts of all forms of a model, in batches of 64.
 *
 * @param variants forms of the model, the first of them float32
 * @param examples training examples that the threshold is taken from
 */
export function fallbacks(
  { spec, model }: Pick<TrainedModel, 'spec' | 'model'>,
  dataset: Dataset,
  variants: readonly Variant[],
  examples: CalibrationExamples,
): Promise<Fallback[]> {
  const { classes } = dataset;
  return withProgress(`Margins of ${spec.name}`, 'forms', async (progress, signal) => {
    const before = await logitsOf(model, dataset, examples);
    const choices = argmaxRows(before.test, classes);
    const results: Fallback[] = [];
    for (const { quantization, dtype, model: form } of variants) {
      signal.throwIfAborted();
      const { train, test } = await logitsOf(form, dataset, examples);
      results.push({
        model: spec.name,
        quantization,
        dtype,
        margins: margins(test, classes),
        shifts: shifts(before.test, test, classes),
        changed: Array.from(argmaxRows(test, classes), (choice, row) => choice !== choices[row]),
        threshold: shifts(before.train, train, classes).reduce((a, b) => Math.max(a, b)),
      });
      progress(results.length, variants.length);
    }
    return results;
  });
}

/** Logits of all test examples and of some training examples. */
async function logitsOf(
  model: Uint8Array,
  { train, test }: Dataset,
  examples: CalibrationExamples,
): Promise<{ train: Float32Array; test: Float32Array }> {
  const session = await openSession(model, { threads: availableCores() });
  try {
    const ofTrain: number[] = [];
    for (const batch of calibrationBatches(train.features, examples)) {
      ofTrain.push(...(await session.run(batch)));
    }
    const ofTest = await predict(session, test.features, { batchSize: 64 });
    return { train: Float32Array.from(ofTrain), test: ofTest };
  } finally {
    await session.release();
  }
}

/** What the fallback does on the test examples. */
interface Outcome {
  /** Answers that quantization changed. */
  readonly changed: number;
  /** Of these, answers above the threshold, which stay changed. */
  readonly missed: number;
  /** Share of the examples that float32 is asked about. */
  readonly asked: number;
  /**
   * Probability that a changed answer has a smaller margin than an unchanged one (the area under the
   * ROC curve): 0.5 if margins tell nothing, 1 if they tell all. NaN where nothing changed.
   */
  readonly auc: number;
  /** Mean time for an example at batch 1, computed from the medians of both models, µs. */
  readonly microseconds: number;
  readonly float32Microseconds: number;
}

function outcome(fallback: Fallback, records: readonly Measurement[]): Outcome {
  const { margins, changed, threshold } = fallback;
  const below = Array.from(margins, (margin) => margin < threshold);
  const asked = below.filter(Boolean).length / margins.length;
  const ofChanged = [...margins.filter((_, row) => changed[row])];
  const ofOthers = [...margins.filter((_, row) => !changed[row])];
  const n = ofChanged.length;
  const pairs = n * ofOthers.length;
  const greater = pairs > 0 ? wilcoxonRankSum(ofChanged, ofOthers) - (n * (n + 1)) / 2 : NaN;
  const form = latency(fallback, records);
  const float32 = latency({ ...fallback, quantization: '--', dtype: 'float32' }, records);
  return {
    changed: n,
    missed: changed.filter((change, row) => change && !below[row]).length,
    asked,
    auc: 1 - greater / pairs,
    microseconds: form + asked * float32,
    float32Microseconds: float32,
  };
}

/** Median of a call at batch 1, µs. */
function latency(
  { model, quantization, dtype }: Pick<Fallback, 'model' | 'quantization' | 'dtype'>,
  records: readonly Measurement[],
): number {
  const record = records.find(
    (each) => each.model === model && each.quantization === quantization && each.dtype === dtype,
  );
  const measured = record?.latency.find(({ batchSize }) => batchSize === 1);
  if (!measured) throw new Error(`${model} ${quantization} ${dtype} was not measured at batch 1`);
  return measured.medianMicroseconds;
}

/** What the fallback of each form costs, and what it restores. */
export function fallbackRows(cases: readonly Fallback[], records: readonly Measurement[]): Row[] {
  return cases.map((fallback) => {
    const { changed, missed, asked, auc, ...times } = outcome(fallback, records);
    return {
      Model: fallback.model,
      Form: formName(fallback),
      Changed: changed,
      AUC: Number.isNaN(auc) ? null : auc.toFixed(3),
      'Threshold (logit)': significant(fallback.threshold, 3),
      'Asked again (%)': (100 * asked).toFixed(2),
      'Changed answers missed': missed,
      'Computed mean at B1 (µs)': significant(times.microseconds, 3),
      'float32 at B1 (µs)': significant(times.float32Microseconds, 3),
    };
  });
}

/**
 * The answer that the numbers give, in words.
 *
 * @throws Error if a changed answer has a margin beyond its shift, or one of the two is NaN: neither can
 *   be (see `shifts`)
 */
export function fallbackAnswer(
  cases: readonly Fallback[],
  records: readonly Measurement[],
): string {
  for (const { model, changed, margins, shifts } of cases) {
    if (changed.some((change, row) => change && !(margins[row] <= shifts[row] * (1 + 1e-5)))) {
      throw new Error(`an answer of ${model} changed although its margin exceeds its shift`);
    }
  }
  const outcomes = cases.map((fallback) => outcome(fallback, records));
  const all = outcomes.length;
  const count = (holds: (outcome: Outcome) => boolean): number => outcomes.filter(holds).length;
  const percents = (of: (outcome: Outcome) => number): string => {
    const shares = outcomes.map(of).filter((share) => !Number.isNaN(share));
    return `${span(
      shares.map((share) => 100 * share),
      3,
    )} %`;
  };
  const changed = outcomes.reduce((sum, each) => sum + each.changed, 0);
  const missed = outcomes.reduce((sum, each) => sum + each.missed, 0);
  const faster = count((each) => each.microseconds < each.float32Microseconds);
  const restored =
    missed === 0
      ? `Yes: all ${changed} changed answers`
      : `Nearly: ${changed - missed} of ${changed} changed answers`;
  const known =
    changed === 0
      ? `Nothing to know: none of the ${all} forms changed an answer. `
      : `${restored} of the ${all} forms lie below the threshold that training examples gave. ` +
        `A changed answer has a smaller margin than an unchanged one in ` +
        `${percents(({ auc }) => auc)} of all pairs. `;
  return (
    known +
    `Float32 has to be asked again about ${percents(({ asked }) => asked)} of the test ` +
    `examples. With the fallback ` +
    `${faster} of ${all} forms take less time for an example at batch 1 than float32 alone: the mean ` +
    `time, computed from the medians, is ` +
    `${percents((each) => each.microseconds / each.float32Microseconds)} of that of float32.`
  );
}
