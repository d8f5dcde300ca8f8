/** Sparse input against quantization: what each buys alone, and both together. */
import { openSession } from '#lib/evaluation/session';
import { openWordSession } from '#lib/evaluation/wordSession';
import { denseBatch, rowCount, rowRange, type Features } from '#lib/loaders/dataset';
import { wordBatch } from '#lib/loaders/wordBatch';
import { sizeMB } from '#lib/models/cost';
import { latencyCells } from '#lib/report/latencyCells';
import { significant } from '#lib/report/numbers';
import { withProgress } from '#lib/report/progress';
import type { Row } from '#lib/report/table';
import { forPart, timeInterleaved, type Subject } from '#lib/timers/interleave';
import { summarise, type LatencySummary } from '#lib/timers/summary';

/** A form of a model of word counts, and what it reads. */
export interface WordVariant {
  readonly name: string;
  readonly reads: 'counts' | 'words';
  readonly model: Uint8Array;
}

export interface WordLatency {
  readonly name: string;
  readonly sizeBytes: number;
  /** One for each batch size. */
  readonly latency: readonly LatencySummary[];
}

export interface WordLatencyOptions {
  readonly batchSizes: readonly number[];
  readonly threads: number;
  readonly runs: number;
  /** Least length of a run. */
  readonly runMilliseconds: number;
}

/** Different batches that a variant is fed in turn. */
const batchesInTurn = 64;

/**
 * Times variants that read counts and variants that read words in turns, on the same sentences. Both find
 * their input ready: making 5,000 counts of a sentence, which takes longer than listing its words, is not
 * in the time.
 */
export function wordLatencies(
  variants: readonly WordVariant[],
  features: Features,
  { batchSizes, threads, ...timing }: WordLatencyOptions,
): Promise<WordLatency[]> {
  return withProgress(
    `Timing ${variants.length} models of words`,
    'runs',
    async (onProgress, signal) => {
      const sessions: TimedSession[] = [];
      try {
        for (const { reads, model } of variants) {
          sessions.push(await openFor(reads, model, features, threads));
        }
        const latency: LatencySummary[][] = variants.map(() => []);
        for (const [part, batchSize] of batchSizes.entries()) {
          const count = Math.min(batchesInTurn, Math.floor(rowCount(features) / batchSize));
          const batches = Array.from({ length: count }, (_, i) =>
            rowRange(i * batchSize, (i + 1) * batchSize),
          );
          const options = forPart({ ...timing, onProgress, signal }, part, batchSizes.length);
          const times = await timeInterleaved(
            sessions.map(({ subject }) => subject(batches)),
            options,
          );
          times.forEach((own, i) => latency[i].push(summarise(batchSize, own)));
        }
        return variants.map(({ name, model }, i) => ({
          name,
          sizeBytes: model.length,
          latency: latency[i],
        }));
      } finally {
        await Promise.all(sessions.map(({ release }) => release()));
      }
    },
  );
}

interface TimedSession {
  /** Makes the inputs, and what is timed on them. */
  readonly subject: (batches: readonly Uint32Array[]) => Subject;
  readonly release: () => Promise<void>;
}

async function openFor(
  reads: WordVariant['reads'],
  model: Uint8Array,
  features: Features,
  threads: number,
): Promise<TimedSession> {
  if (reads === 'words') {
    const { run, release } = await openWordSession(model, { threads });
    return { release, subject: timed(run, (rows) => wordBatch(features, rows)) };
  }
  const { run, release } = await openSession(model, { threads });
  return { release, subject: timed(run, (rows) => denseBatch(features, rows)) };
}

function timed<T>(
  run: (input: T) => Promise<Float32Array>,
  input: (rows: Uint32Array) => T,
): TimedSession['subject'] {
  return (batches) => {
    const inputs = batches.map(input);
    return async (turn) => {
      await run(inputs[turn % inputs.length]);
    };
  };
}

export function wordLatencyRows(results: readonly WordLatency[]): Row[] {
  const [first] = results;
  return results.map(({ name, sizeBytes, latency }) => ({
    Model: name,
    'Size (MB)': significant(sizeMB(sizeBytes), 3),
    ...Object.fromEntries(
      latency.flatMap((own, i) => {
        const [mean] = latencyCells(own.batchSize, own);
        const factor = first.latency[i].medianMicroseconds / own.medianMicroseconds;
        return [mean, [`Times faster, B${own.batchSize}`, factor.toFixed(2)]];
      }),
    ),
  }));
}

/**
 * What each of the two buys, a sentence for each batch size.
 *
 * @param results of float32 counts, int8 counts, float32 words and int8 words, in this order
 */
export function wordLatencyFindings([dense, int8, sparse, both]: readonly WordLatency[]): string[] {
  return dense.latency.map(({ batchSize, medianMicroseconds }, i) => {
    const gain = ({ latency }: WordLatency): number =>
      medianMicroseconds / latency[i].medianMicroseconds;
    const [a, b, c] = [int8, sparse, both].map(gain);
    const winner = b > a ? 'reading words instead of counts' : 'int8';
    return (
      `Batch ${batchSize}: int8 alone ${a.toFixed(2)} ×, words alone ${b.toFixed(2)} ×, both ` +
      `${c.toFixed(2)} ×, where the gains multiplied are ${(a * b).toFixed(2)} ×. ` +
      (c < 0.9 * a * b
        ? 'They do not multiply: most of the bytes and products that int8 makes cheaper are no longer ' +
          'read and made. '
        : 'They multiply. ') +
      `The greater gain is ${winner}` +
      (c < Math.max(a, b) ? ', and the two together gain less than it alone.' : '.')
    );
  });
}
