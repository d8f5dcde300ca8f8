import { Tensor } from 'onnxruntime-node';
import { openEngine, type EngineOptions } from '#lib/evaluation/engine';
import { onlyMatrix } from '#lib/evaluation/engineMatrix';
import type { PredictOptions } from '#lib/evaluation/session';
import { rowCount, rowRange, type Features } from '#lib/loaders/dataset';
import { wordBatch, type WordBatch } from '#lib/loaders/wordBatch';

/** A classifier of sentences, which reads words instead of their counts. */
export interface WordSession {
  /** Values in an output row. */
  readonly classes: number;
  /** @returns logits, shape [rows, classes], row-major */
  readonly run: (batch: WordBatch) => Promise<Float32Array>;
  /** Frees the engine's memory. The session can't be used after it. */
  readonly release: () => Promise<void>;
}

/**
 * Loads a model that `readWords` made.
 *
 * @throws Error if it isn't such a model, or the engine can't load it
 */
export async function openWordSession(
  model: Uint8Array,
  options: EngineOptions,
): Promise<WordSession> {
  const engine = await openEngine(model, options);
  try {
    const output = onlyMatrix(engine.outputMetadata, 'output');
    if (engine.inputNames.join() !== 'words') {
      throw new Error(
        `This model reads ${engine.inputNames.join(', ')}; readWords makes it read words.`,
      );
    }
    return {
      classes: output.columns,
      run: async ({ words, rows, longest }) => {
        const outputs = await engine.run({ words: new Tensor('int32', words, [rows, longest]) });
        return outputs[output.name].data as Float32Array;
      },
      release: () => engine.release(),
    };
  } catch (error) {
    await engine.release();
    throw error;
  }
}

/**
 * Logits of all sentences.
 *
 * @returns float32, shape [rows, classes], row-major
 */
export async function predictWords(
  session: WordSession,
  features: Features,
  { batchSize }: PredictOptions,
): Promise<Float32Array> {
  const rows = rowCount(features);
  const logits = new Float32Array(rows * session.classes);
  for (let start = 0; start < rows; start += batchSize) {
    const batch = wordBatch(features, rowRange(start, Math.min(start + batchSize, rows)));
    logits.set(await session.run(batch), start * session.classes);
  }
  return logits;
}
