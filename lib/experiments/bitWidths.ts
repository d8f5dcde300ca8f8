import { evaluate } from '#lib/evaluation/accuracy';
import { openSession } from '#lib/evaluation/session';
import { interruptible } from '#lib/interruption';
import type { Dataset } from '#lib/loaders/dataset';
import type { TrainedModel } from '#lib/models/checkpoint';
import { readCanonical } from '#lib/quantizers/canonicalLayers';
import { quantizationError, type QuantizationError } from '#lib/quantizers/mapping/error';
import { fakeQuantize, reconstructedWeights } from '#lib/quantizers/fakeQuantize';
import { linearLayers } from '#lib/quantizers/linearLayers';
import { withProgress } from '#lib/report/progress';

/** Which weights share a scale: those of a layer, of an output, or of 32 inputs of an output. */
const granularities = {
  'per layer': {},
  'per output': { perChannel: true },
  'per block of 32': { blockSize: 32 },
};
type Scales = keyof typeof granularities;
const allScales = Object.keys(granularities) as Scales[];

/** What a bit width does to the weights of a layer. */
export interface WeightError extends QuantizationError {
  readonly model: string;
  /** `layer1`, `layer2`, … */
  readonly layer: string;
  readonly bits: number;
  readonly scales: Scales;
}

/** Errors of the weights of each layer at each bit width and granularity: symmetric. */
export function weightErrors(
  { spec, model }: TrainedModel,
  bitWidths: readonly number[],
): WeightError[] {
  return linearLayers(readCanonical(model).graph).flatMap((layer, i) =>
    allScales.flatMap((scales) =>
      bitWidths.map((bits) => ({
        model: spec.name,
        layer: `layer${i + 1}`,
        bits,
        scales,
        ...quantizationError(
          layer.weight.data,
          reconstructedWeights(layer, { bits, ...granularities[scales] }),
        ),
      })),
    ),
  );
}

/** What a bit width of the weights does to accuracy. */
export interface BitWidthAccuracy {
  readonly model: string;
  readonly bits: number;
  readonly scales: Scales;
  readonly correct: number;
  readonly total: number;
}

/**
 * Accuracy on the test split with the weights quantized symmetrically and dequantized again; all
 * arithmetic is float32, so that what is lost is lost in the weights.
 */
export function accuracyByBits(
  { spec, model }: TrainedModel,
  dataset: Dataset,
  { bitWidths, threads }: { bitWidths: readonly number[]; threads: number },
): Promise<BitWidthAccuracy[]> {
  const cases = allScales.flatMap((scales) => bitWidths.map((bits) => ({ bits, scales })));
  return withProgress(`Accuracy of ${spec.name} by bit width`, 'networks', (progress) =>
    interruptible(async (signal) => {
      const results: BitWidthAccuracy[] = [];
      for (const { bits, scales } of cases) {
        signal.throwIfAborted();
        const quantized = fakeQuantize(model, { bits, ...granularities[scales] });
        const session = await openSession(quantized, { threads });
        const { correct, total } = await evaluate(session, dataset.test, { batchSize: 64 });
        await session.release();
        results.push({ model: spec.name, bits, scales, correct, total });
        progress(results.length, cases.length);
      }
      return results;
    }),
  );
}
