import { evaluate } from '#lib/evaluation/accuracy';
import { openSession } from '#lib/evaluation/session';
import { interruptible } from '#lib/interruption';
import type { Dataset } from '#lib/loaders/dataset';
import type { TrainedModel } from '#lib/models/checkpoint';
import { decodeModel } from '#lib/onnx/model';
import { quantizationError, type QuantizationError } from '#lib/quantizers/error';
import { fakeQuantize, reconstructedWeights } from '#lib/quantizers/fakeQuantize';
import { linearLayers } from '#lib/quantizers/linearLayers';
import { withProgress } from '#lib/report/progress';

/** What a bit width does to the weights of a layer. */
export interface WeightError extends QuantizationError {
  readonly model: string;
  /** `layer1`, `layer2`, … */
  readonly layer: string;
  readonly bits: number;
}

/** Errors of the weights of each layer at each bit width: symmetric, one scale for each layer. */
export function weightErrors(
  { spec, model }: TrainedModel,
  bitWidths: readonly number[],
): WeightError[] {
  return linearLayers(decodeModel(model).graph).flatMap((layer, i) =>
    bitWidths.map((bits) => ({
      model: spec.name,
      layer: `layer${i + 1}`,
      bits,
      ...quantizationError(layer.weight.data, reconstructedWeights(layer, { bits })),
    })),
  );
}

/** What a bit width of the weights does to accuracy. */
export interface BitWidthAccuracy {
  readonly model: string;
  readonly bits: number;
  readonly scales: 'per layer' | 'per output';
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
  const cases = [false, true].flatMap((perChannel) =>
    bitWidths.map((bits) => ({ bits, perChannel })),
  );
  return withProgress(`Accuracy of ${spec.name} by bit width`, 'networks', (progress) =>
    interruptible(async (signal) => {
      const results: BitWidthAccuracy[] = [];
      for (const { bits, perChannel } of cases) {
        signal.throwIfAborted();
        const session = await openSession(fakeQuantize(model, { bits, perChannel }), { threads });
        const { correct, total } = await evaluate(session, dataset.test, { batchSize: 64 });
        await session.release();
        const scales = perChannel ? 'per output' : 'per layer';
        results.push({ model: spec.name, bits, scales, correct, total });
        progress(results.length, cases.length);
      }
      return results;
    }),
  );
}
