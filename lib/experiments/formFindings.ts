/** What the results table says of all forms together: which is smallest, fastest, and by how much. */
import { geometricMean } from 'simple-statistics';
import { differingRows } from '#lib/evaluation/accuracy';
import type { Measured } from '#lib/experiments/measure';
import { significant, span } from '#lib/report/numbers';
import { formName, type Measurement } from '#lib/report/records';

/**
 * The forms ranked by size, by latency at each batch size and by the predictions that they change, in a
 * sentence each: geometric means over the models of factors against float32, latencies by the medians.
 *
 * @param measured the same forms of each model, the first of them float32
 */
export function formRankingFindings(measured: readonly Measured[]): string[] {
  const [{ records }] = measured;
  const forms = records.map(formName);
  /** The forms but float32 by a factor, the greatest first. */
  const ranked = (
    factor: (float32: Measurement, form: Measurement) => number,
    digits: number,
  ): string =>
    forms
      .map((name, row) => ({
        name,
        mean: geometricMean(measured.map((each) => factor(each.records[0], each.records[row]))),
      }))
      .slice(1)
      .sort((a, b) => b.mean - a.mean)
      .map(({ name, mean }) => `${name} ${significant(mean, digits)}`)
      .join(', ');
  const changed = forms.map((name, row) => {
    const shares = measured.map(
      ({ predictions, labels }) =>
        (100 * differingRows(predictions[0], predictions[row])) / labels.length,
    );
    return { name, most: Math.max(...shares) };
  });
  return [
    `How many times smaller than float32, geometric mean of the models: ${ranked((a, b) => a.sizeBytes / b.sizeBytes, 3)}.`,
    ...records[0].latency.map(
      ({ batchSize }, k) =>
        `How many times as fast as float32 at batch ${batchSize}, likewise: ` +
        `${ranked((a, b) => a.latency[k].medianMicroseconds / b.latency[k].medianMicroseconds, 2)}.`,
    ),
    `Predictions changed, at most: ${changed
      .slice(1)
      .sort((a, b) => a.most - b.most)
      .map(({ name, most }) => `${name} ${most.toFixed(2)} %`)
      .join(', ')}.`,
  ];
}

/**
 * Whether one form is faster than another, in a sentence for each batch size: by the medians, and for how
 * many models by more than the runs vary, that is the distance of the means is above both standard
 * deviations together.
 *
 * @param form, other names of forms that each model was measured in
 */
export function leadFindings(measured: readonly Measured[], form: string, other: string): string[] {
  const pairs = measured.map(({ records }) => [find(records, form), find(records, other)]);
  return pairs[0][0].latency.map(({ batchSize }, k) => {
    const latencies = pairs.map(([a, b]) => [a.latency[k], b.latency[k]]);
    const factors = latencies.map(([a, b]) => b.medianMicroseconds / a.medianMicroseconds);
    const beyond = latencies.map(
      ([a, b]) =>
        (b.meanMicroseconds - a.meanMicroseconds) / (a.stdMicroseconds + b.stdMicroseconds),
    );
    const faster = beyond.filter((distance) => distance > 1).length;
    const slower = beyond.filter((distance) => distance < -1).length;
    return (
      `At batch ${batchSize} ${form} is ${span(factors, 3)} times as fast as ${other}; by more than the ` +
      `runs vary it is faster for ${faster} and slower for ${slower} of ${pairs.length} models.`
    );
  });
}

function find(records: readonly Measurement[], form: string): Measurement {
  const found = records.find((record) => formName(record) === form);
  if (!found) throw new Error(`${form} was not measured`);
  return found;
}
