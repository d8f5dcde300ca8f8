import { mean, sampleStandardDeviation } from 'simple-statistics';
import { evaluateModel } from '#lib/evaluation/accuracy';
import { datasetLabel, type Dataset } from '#lib/loaders/dataset';
import type { TrainedModel } from '#lib/models/checkpoint';
import { claim } from '#lib/report/claim';
import { percent, significant, signed } from '#lib/report/numbers';
import type { Measurement } from '#lib/report/records';
import type { Row } from '#lib/report/table';

/** Accuracy of the same training from several seeds. */
export interface SeedAccuracy {
  /** A row for each seed, then mean and sample standard deviation. */
  readonly rows: readonly Row[];
  readonly caption: string;
  /** Mean over the seeds, percent. */
  readonly meanPercent: number;
  /** Sample standard deviation between the seeds, percentage points; `unknown` of a single seed. */
  readonly spread: string;
}

/** Runs each model on the whole test split, by the engine. */
export async function seedAccuracy(
  models: readonly TrainedModel[],
  dataset: Dataset,
): Promise<SeedAccuracy> {
  const percents: number[] = [];
  const rows: Row[] = [];
  for (const { model, seed, losses } of models) {
    const { correct, total } = await evaluateModel(model, dataset.test, { batchSize: 64 });
    percents.push((100 * correct) / total);
    rows.push({
      Seed: String(seed),
      'Accuracy (%)': percent(correct, total),
      Correct: `${count(correct)} of ${count(total)}`,
      'Loss, last 100 steps': mean([...losses.slice(-100)]),
    });
  }
  const meanPercent = mean(percents);
  const spread = percents.length > 1 ? sampleStandardDeviation(percents).toFixed(2) : 'unknown';
  rows.push({ Seed: 'mean ± std', 'Accuracy (%)': `${meanPercent.toFixed(2)} ± ${spread}` });
  const [{ spec, backend }] = models;
  const caption =
    `Accuracy of ${spec.name} on the ${count(dataset.test.labels.length)} test examples of ` +
    `${datasetLabel(dataset)}. Trained with ${backend}, evaluated with onnxruntime-node.`;
  return { rows, caption, meanPercent, spread };
}

/**
 * Claims that the accuracy, the mean over the seeds, on real data reaches a bound; of the generated sample nothing is claimed.
 *
 * @param bound percent
 */
export function claimAccuracy(
  { meanPercent, spread }: Pick<SeedAccuracy, 'meanPercent' | 'spread'>,
  bound: number,
  dataset: Pick<Dataset, 'name' | 'origin'>,
): void {
  const name = spread === 'unknown' ? 'Accuracy' : 'Mean accuracy';
  const found = `${name} on ${datasetLabel(dataset)}: ${meanPercent.toFixed(2)} %`;
  if (dataset.origin === 'real') claim(meanPercent >= bound, found, `at least ${bound} %`);
  else console.log(`${found}. Of the generated sample nothing is expected.`);
}

/**
 * What operations buy in accuracy: the costlier of two models for the same data against the cheaper,
 * beside how far a seed moves the accuracy of one of them.
 */
export function costFinding(
  models: readonly [Measurement, Measurement],
  { spread }: Pick<SeedAccuracy, 'spread'>,
): string {
  const [cheap, costly] = [...models].sort((a, b) => a.flops - b.flops);
  const [less, more] = [cheap, costly].map(({ accuracy: { correct, total } }) =>
    percent(correct, total),
  );
  return (
    `${datasetLabel(costly.dataset)}: ${costly.model} does ` +
    `${significant(costly.flops / cheap.flops, 3)} times the operations of ${cheap.model}; ` +
    `${more} % of its answers are right, ${less} % of the other's: ` +
    `${signed(Number(more) - Number(less))} points. Between the seeds above the standard deviation is ` +
    `${spread}${spread === 'unknown' ? '' : ' points'}.`
  );
}

function count(value: number): string {
  return value.toLocaleString('en-US');
}
