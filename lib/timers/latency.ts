import { openSession, type Session } from '#lib/evaluation/session';
import { denseBatch, rowCount, rowRange, type Features } from '#lib/loaders/dataset';
import { forPart, timeInterleaved, type Subject, type TimingOptions } from '#lib/timers/interleave';
import { summarise, type LatencySummary } from '#lib/timers/summary';

/** A model to be timed: ONNX bytes, under the name that its result bears. */
export interface ModelVariant {
  readonly name: string;
  readonly model: Uint8Array;
  /** What runs it; {@link openSession} if left out. */
  readonly open?: typeof openSession;
}

export interface LatencyOptions extends TimingOptions {
  /** Rows in one call, such as `[1, 64]`. */
  readonly batchSizes: readonly number[];
  /** Threads of the engine. */
  readonly threads: number;
}

/** Latency of one variant at one batch size. */
export interface VariantLatency extends LatencySummary {
  readonly name: string;
}

/** Different batches that a variant is fed in turn, so that no single input is timed over and over. */
const batchesInTurn = 64;

/**
 * Latency by the lab's protocol. Each variant has its own session, all with the same number of
 * threads. The inputs are real rows, made dense before the clock starts; the clock stops when the
 * logits have been read. Variants take turns run by run, and the first run of each is dropped. The
 * time includes the call from JavaScript into the engine: a `passThroughModel` among the variants
 * measures it.
 *
 * @returns one summary for each batch size and variant, batch sizes first
 * @throws RangeError if there are fewer rows than the largest batch size
 * @throws Error naming the variant whose logits are NaN
 */
export async function measureLatency(
  variants: readonly ModelVariant[],
  features: Features,
  { batchSizes, threads, ...timing }: LatencyOptions,
): Promise<VariantLatency[]> {
  const sessions: Session[] = [];
  const results: VariantLatency[] = [];
  try {
    for (const { model, open = openSession } of variants) {
      sessions.push(await open(model, { threads }));
    }
    for (const [index, batchSize] of batchSizes.entries()) {
      const batches = inputBatches(features, batchSize);
      const times = await timeInterleaved(
        sessions.map((session, variant) => subject(variants[variant].name, session, batches)),
        forPart(timing, index, batchSizes.length),
      );
      variants.forEach(({ name }, variant) => {
        results.push({ name, ...summarise(batchSize, times[variant]) });
      });
    }
  } finally {
    await Promise.all(sessions.map((session) => session.release()));
  }
  return results;
}

/** Different batches of real rows, at most `batchesInTurn`. */
function inputBatches(features: Features, batchSize: number): Float32Array[] {
  const count = Math.min(batchesInTurn, Math.floor(rowCount(features) / batchSize));
  if (count === 0) {
    throw new RangeError(
      `a batch of ${batchSize} needs as many rows, and there are ${rowCount(features)}: ` +
        `ask for a smaller batch or give more rows.`,
    );
  }
  return Array.from({ length: count }, (_, index) =>
    denseBatch(features, rowRange(index * batchSize, (index + 1) * batchSize)),
  );
}

/** One call of the engine and one look at the logits; a model that gives none isn't worth timing. */
function subject(name: string, session: Session, batches: readonly Float32Array[]): Subject {
  return async (turn) => {
    const [logit] = await session.run(batches[turn % batches.length]);
    if (Number.isNaN(logit)) throw new Error(`Model ${name} gives NaN: its times mean nothing.`);
  };
}
