import { sum } from 'simple-statistics';
import { wilsonInterval } from '#lib/evaluation/significance';

/** Predictions of all rows in several draws of random batches that were put into another class. */
export interface Flips {
  /** For each row, in how many draws. */
  readonly byRow: readonly number[];
  /** For each batch of each draw: its rows, and how many of them. */
  readonly byBatch: readonly { readonly rows: number; readonly flips: number }[];
}

/**
 * Interval of the rate of flips, 95 %, as a share: Wilson's, for as many independent predictions as would
 * scatter as much as these. These are not independent: a row near the border between two classes flips
 * in one draw after the other, and one great row flips several in its batch. The variance of the rate is
 * that of clusters in two ways (Cameron, Gelbach and Miller, Journal of Business & Economic Statistics 29,
 * 2011), with rows and batches as clusters:
 *
 *     V = V(rows) + V(batches) − V(predictions)      V(clusters) = Σ (flips − rate · predictions)² / total²
 *     count = rate · (1 − rate) / V
 *
 * and put into Wilson's interval as for surveys by clusters (Franco, Little, Louis and Slud, Journal of
 * Survey Statistics and Methodology 7, 2019). A row counts once at most, however often it was drawn.
 */
export function flipRateInterval({ byRow, byBatch }: Flips): [low: number, high: number] {
  const total = sum(byBatch.map(({ rows }) => rows));
  const draws = total / byRow.length;
  const rate = sum([...byRow]) / total;
  const alone = rate * (1 - rate) * total;
  const rows = sum(byRow.map((flips) => (flips - rate * draws) ** 2));
  const batches = sum(byBatch.map((batch) => (batch.flips - rate * batch.rows) ** 2));
  const scatter = Math.max(rows, batches, rows + batches - alone);
  const count = scatter === 0 ? byRow.length : (alone * total) / scatter;
  return wilsonInterval(rate, Math.min(count, byRow.length));
}
