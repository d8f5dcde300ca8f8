/** Forms of a model against its first, which is float32 unless others are picked. */
import {
  comparePredictions,
  significance,
  type PairedComparison,
} from '#lib/evaluation/significance';
import { datasetLabel } from '#lib/loaders/dataset';
import type { Measured } from '#lib/experiments/measure';
import { claimAll, type Claim } from '#lib/report/claim';
import { intervalText, pText, signed, span } from '#lib/report/numbers';
import { formName, type Measurement } from '#lib/report/records';
import type { Row } from '#lib/report/table';

/** One form against the first of its model, which is float32. */
interface Comparison {
  readonly record: Measurement;
  readonly timesSmaller: number;
  /** By the medians, for each batch size in the order of the record. */
  readonly timesFaster: readonly number[];
  readonly predictions: PairedComparison;
}

function comparisons({ records, predictions, labels }: Measured): Comparison[] {
  const [float32] = records;
  return records.slice(1).map((record, i) => ({
    record,
    timesSmaller: float32.sizeBytes / record.sizeBytes,
    timesFaster: record.latency.map(
      ({ medianMicroseconds }, k) => float32.latency[k].medianMicroseconds / medianMicroseconds,
    ),
    predictions: comparePredictions(predictions[0], predictions[i + 1], labels),
  }));
}

/** Some forms of a model, the first of which the others are held against: names of `formNames`. */
export function onlyForms(measured: Measured, names: readonly string[]): Measured {
  const rows = names.map((name) => {
    const row = measured.records.findIndex((record) => formName(record) === name);
    if (row < 0) throw new Error(`${name} was not measured`);
    return row;
  });
  return {
    ...measured,
    records: rows.map((row) => measured.records[row]),
    predictions: rows.map((row) => measured.predictions[row]),
  };
}

/** How many times smaller and faster (medians) each form is than the first, which is float32. */
export function comparisonRows(measured: Measured): Row[] {
  return comparisons(measured).map(({ record, timesSmaller, timesFaster, predictions }) => ({
    ...nameCells(record),
    'Times smaller': timesSmaller.toFixed(2),
    ...Object.fromEntries(
      record.latency.map(({ batchSize }, k) => [
        `Times faster, B${batchSize}`,
        timesFaster[k].toFixed(2),
      ]),
    ),
    'Accuracy (points)': signed(predictions.difference),
  }));
}

/** What became of the predictions of the first form (float32) in each other, and whether that is more than chance. */
export function significanceRows(measured: Measured): Row[] {
  return comparisons(measured).map(({ record, predictions }) => ({
    ...nameCells(record),
    ...pairedCells(predictions),
  }));
}

/**
 * What the tables say of one form of all models, in words.
 *
 * @param form one of `formNames`
 */
export function comparisonText(measured: readonly Measured[], form: string): string {
  const cases = measured.flatMap(comparisons).filter(({ record }) => formName(record) === form);
  const faster = cases[0].record.latency.map(
    ({ batchSize }, k) =>
      `${decimalSpan(cases.map(({ timesFaster }) => timesFaster[k]))} times as fast at batch ${batchSize}`,
  );
  const shares = cases.map(({ predictions: { changed, total } }) => (100 * changed) / total);
  // Of several tests one is below the usual level by chance: each gets its share (Bonferroni).
  const level = significance / cases.length;
  const significantly = cases.filter(({ predictions }) => predictions.pValue < level);
  const verdict =
    significantly.length === 0
      ? 'no model has a significant difference in accuracy'
      : `the difference in accuracy is significant for ${significantly
          .map(
            ({ record, predictions }) =>
              `${record.model} (${signed(predictions.difference)} points)`,
          )
          .join(' and ')}`;
  return (
    `Against float32, ${form} is ${span(
      cases.map(({ timesSmaller }) => timesSmaller),
      3,
    )} times ` +
    `smaller; it is ${faster.join(' and ')}. It changes ` +
    `${decimalSpan(shares)} % of the predictions, ` +
    `and ${verdict} (McNemar, level ${significance} for the models together).`
  );
}

/** Least and greatest with two decimals; one number if they print alike. */
function decimalSpan(values: readonly number[]): string {
  const ends = [Math.min(...values), Math.max(...values)].map((end) => end.toFixed(2));
  return [...new Set(ends)].join(' to ');
}

/** A comparison of predictions as cells of a table. */
export function pairedCells(comparison: PairedComparison): Row {
  const { changed, gains, losses, difference, pValue } = comparison;
  return {
    Changed: changed,
    Gains: gains,
    Losses: losses,
    'Accuracy (points)': signed(difference),
    '95 % interval': intervalText(comparison),
    'p (McNemar)': pText(pValue),
  };
}

function nameCells({ model, quantization, dtype }: Measurement): Row {
  return { Model: model, Quantization: quantization, dtype };
}

/** How many times smaller than float32 a file must be, or something else than weights fills it. */
const leastTimesSmaller = { float32: 1, float16: 1.99, qint8: 3.9, qint4: 7 };
/** Accuracy that int8 may lose, percentage points. */
const mostLost = { MNIST: 0.1, 'SST-2': 0.3 };

/**
 * Makes the claims about the forms of models: each is as many times smaller as its element type promises,
 * and int8 keeps the accuracy of float32 (MNIST to 0.1 points; SST-2 to 0.3 points, which are three
 * sentences, or without a significant difference). Of the generated sample only sizes are claimed.
 */
export function claimForms(measured: readonly Measured[]): void {
  claimAll(
    measured.flatMap(comparisons).flatMap(({ record, timesSmaller, predictions }): Claim[] => {
      const { model, quantization, dtype, dataset } = record;
      const { difference, pValue } = predictions;
      const name = `${model} ${quantization} ${dtype}`;
      const size: Claim = [
        timesSmaller >= leastTimesSmaller[dtype],
        `${name}: ${timesSmaller.toFixed(2)} times smaller than float32`,
        `at least ${leastTimesSmaller[dtype]} times`,
      ];
      if (dataset.origin !== 'real' || dtype !== 'qint8') return [size];
      const bound = mostLost[dataset.name];
      const orChance = dataset.name === 'SST-2';
      const accuracy: Claim = [
        difference >= -bound || (orChance && pValue >= significance),
        `${name}: accuracy on ${datasetLabel(dataset)} ${signed(difference)} points (p = ${pValue.toFixed(3)})`,
        `a loss of at most ${bound} points${orChance ? ', or one that may be chance' : ''}`,
      ];
      return [size, accuracy];
    }),
  );
}
