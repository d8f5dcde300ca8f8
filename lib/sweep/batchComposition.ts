import { sum } from 'simple-statistics';
import { argmaxRows } from '#lib/evaluation/accuracy';
import { denseBatches } from '#lib/evaluation/batches';
import { openSession, predict, type Session } from '#lib/evaluation/session';
import { rowCount, type Features } from '#lib/loaders/dataset';
import { quantizationError } from '#lib/mapping/error';
import { permutation, seededRandom } from '#lib/random';
import { flipRateInterval, type Flips } from '#lib/sweep/flipRate';

export interface CompositionOptions {
  readonly batchSizes: readonly number[];
  /** Times that all rows are shuffled into batches anew, for each batch size. */
  readonly draws: number;
  readonly seed: number;
  readonly threads: number;
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

/** What the company of a row does to its prediction, at one batch size. */
export interface Composition {
  readonly batchSize: number;
  /** Rows, over all draws. */
  readonly predictions: number;
  /** How many of them are put into another class than when they are alone. */
  readonly flips: number;
  /** Interval of their share, 95 %: see {@link flipRateInterval}. */
  readonly rateInterval: readonly [low: number, high: number];
  /** Largest difference of a logit to that of the row alone; NaN if a logit is. */
  readonly largestChange: number;
}

/**
 * Predicts all rows in random batches, and compares each with its prediction in a batch of its own: the
 * engine then takes the range of the activations from this row alone.
 */
export async function batchComposition(
  model: Uint8Array,
  features: Features,
  { batchSizes, draws, seed, threads, onProgress, signal }: CompositionOptions,
): Promise<Composition[]> {
  const random = seededRandom(seed);
  const session = await openSession(model, { threads });
  try {
    const alone = await predict(session, features, { batchSize: 1 });
    const classesAlone = argmaxRows(alone, session.classes);
    const results: Composition[] = [];
    let done = 0;
    for (const batchSize of batchSizes) {
      const byRow = Array.from(classesAlone, () => 0);
      const byBatch: Flips['byBatch'][number][] = [];
      let largestChange = 0;
      for (let draw = 0; draw < draws; draw++) {
        signal?.throwIfAborted();
        const rows = permutation(random, rowCount(features));
        const logits = await inBatches(session, features, batchSize, rows);
        const classes = argmaxRows(logits, session.classes);
        for (let start = 0; start < rows.length; start += batchSize) {
          const batch = rows.subarray(start, start + batchSize);
          const flipped = batch.filter((row) => classes[row] !== classesAlone[row]);
          for (const row of flipped) byRow[row] += 1;
          byBatch.push({ rows: batch.length, flips: flipped.length });
        }
        largestChange = Math.max(largestChange, quantizationError(alone, logits).maximum);
        onProgress?.(++done, batchSizes.length * draws);
      }
      results.push({
        batchSize,
        predictions: draws * rowCount(features),
        flips: sum(byRow),
        rateInterval: flipRateInterval({ byRow, byBatch }),
        largestChange,
      });
    }
    return results;
  } finally {
    await session.release();
  }
}

/** Logits in the order of the features, computed in batches in the order of `rows`. */
async function inBatches(
  session: Session,
  features: Features,
  batchSize: number,
  rows: Uint32Array,
): Promise<Float32Array> {
  const { classes } = session;
  const logits = new Float32Array(rows.length * classes);
  let row = 0;
  for (const batch of denseBatches(features, batchSize, rows)) {
    const part = await session.run(batch);
    for (let i = 0; i < part.length; i += classes) {
      logits.set(part.subarray(i, i + classes), rows[row++] * classes);
    }
  }
  return logits;
}
