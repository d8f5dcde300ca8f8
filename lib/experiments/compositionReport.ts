import { rowCount, type Features } from '#lib/loaders/dataset';
import type { Curve } from '#lib/report/curveFigures';
import { withProgress } from '#lib/report/progress';
import type { Row } from '#lib/report/table';
import {
  batchComposition,
  type Composition,
  type CompositionOptions,
} from '#lib/sweep/batchComposition';

/** What company does to the predictions of one form of a model. */
export interface NamedComposition extends Composition {
  readonly name: string;
}

/** {@link batchComposition} with a progress display. */
export async function compositionWithProgress(
  name: string,
  model: Uint8Array,
  features: Features,
  options: Omit<CompositionOptions, 'onProgress' | 'signal'>,
): Promise<NamedComposition[]> {
  const title = `${name}: ${rowCount(features).toLocaleString('en-US')} rows in random batches`;
  const results = await withProgress(title, 'passes', (onProgress, signal) =>
    batchComposition(model, features, { ...options, onProgress, signal }),
  );
  return results.map((result) => ({ name, ...result }));
}

export function compositionRows(results: readonly NamedComposition[]): Row[] {
  return results.map(({ name, batchSize, predictions, flips, rateInterval, largestChange }) => ({
    Model: name,
    Batch: batchSize,
    Predictions: predictions,
    'Other class than alone': flips,
    'Flip rate (%)': (100 * flips) / predictions,
    '95 % interval (%)': intervalText(rateInterval),
    'Largest change of a logit': largestChange,
  }));
}

/** Flip rate by batch size with its interval, a curve for each model. */
export function compositionCurves(results: readonly NamedComposition[]): Curve[] {
  return [...new Set(results.map(({ name }) => name))].map((name) => {
    const own = results.filter((result) => result.name === name);
    return {
      name,
      x: own.map(({ batchSize }) => batchSize),
      y: own.map((one) => 100 * rate(one)),
      intervals: own.map(({ rateInterval: [low, high] }) => [100 * low, 100 * high] as const),
    };
  });
}

/** One sentence for each model. */
export function compositionFindings(results: readonly NamedComposition[]): string[] {
  return [...new Set(results.map(({ name }) => name))].map((name) => {
    const own = results.filter((result) => result.name === name && result.batchSize > 1);
    const worst = own.reduce((a, b) => (rate(b) > rate(a) ? b : a));
    if (worst.flips > 0) {
      return (
        `${name}: the company of a row changes its class in up to ${(100 * rate(worst)).toFixed(3)} % of ` +
        `the predictions (${worst.flips} of ${worst.predictions.toLocaleString('en-US')}, at batch ${worst.batchSize}; 95 % interval ` +
        `${intervalText(worst.rateInterval)} %).`
      );
    }
    const change = Math.max(...own.map(({ largestChange }) => largestChange));
    return change === 0
      ? `${name}: no logit depends on the company of its row.`
      : `${name}: logits move by at most ${change.toExponential(1)} with the company of a row, and no ` +
          'prediction changes.';
  });
}

/** How often company changes a prediction at most, in one sentence for all models. */
export function flipFinding(results: readonly NamedComposition[]): string {
  const parts = [...new Set(results.map(({ name }) => name))].map((name) => {
    const own = results.filter((result) => result.name === name);
    const worst = own.reduce((a, b) => (rate(b) > rate(a) ? b : a));
    return worst.flips > 0
      ? `${(100 * rate(worst)).toFixed(3)} % (${name}, batch ${worst.batchSize})`
      : `0 % (${name})`;
  });
  return `The other rows of a batch change at most ${parts.join(' and ')} of the predictions.`;
}

function rate({ flips, predictions }: Composition): number {
  return flips / predictions;
}

/** `0.010 to 0.054`, in percent. */
function intervalText(interval: readonly [number, number]): string {
  return interval.map((end) => (100 * end).toFixed(3)).join(' to ');
}
