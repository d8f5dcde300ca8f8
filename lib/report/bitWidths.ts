import { evaluate } from '#lib/evaluation/accuracy';
import { openSession } from '#lib/evaluation/session';
import { interruptible } from '#lib/interruption';
import type { Dataset } from '#lib/loaders/dataset';
import type { TrainedModel } from '#lib/models/checkpoint';
import { decodeModel } from '#lib/onnx/model';
import { quantizationError, type QuantizationError } from '#lib/quantizers/error';
import { fakeQuantize, reconstructedWeights } from '#lib/quantizers/fakeQuantize';
import { linearLayers } from '#lib/quantizers/linearLayers';
import type { WeightGranularity } from '#lib/quantizers/weightGranularity';
import { withProgress } from '#lib/report/progress';

/** What a bit width does to the weights of a layer. */
export interface WeightError extends QuantizationError {
  readonly model: string;
  /** `layer1`, `layer2`, … */
  readonly layer: string;
  readonly bits: number;
}

/** Errors of the weights of each layer at each bit width: symmetric, one scale for a layer if left out. */
export function weightErrors(
  { spec, model }: TrainedModel,
  bitWidths: readonly number[],
  granularity: WeightGranularity = {},
): WeightError[] {
  return linearLayers(decodeModel(model).graph).flatMap((layer, i) =>
    bitWidths.map((bits) => ({
      model: spec.name,
      layer: `layer${i + 1}`,
      bits,
      ...quantizationError(
        layer.weight.data,
        reconstructedWeights(layer, { bits, ...granularity }),
      ),
    })),
  );
}

/** What a bit width of the weights does to accuracy. */
export interface BitWidthAccuracy {
  readonly model: string;
  readonly bits: number;
  /** `per layer`, `per output`, or for blocks `per 32 inputs`. */
  readonly scales: string;
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
  {
    bitWidths,
    threads,
    granularities = [{}, { perChannel: true }],
  }: {
    readonly bitWidths: readonly number[];
    readonly threads: number;
    readonly granularities?: readonly WeightGranularity[];
  },
): Promise<BitWidthAccuracy[]> {
  const cases = granularities.flatMap((granularity) =>
    bitWidths.map((bits) => ({ bits, granularity })),
  );
  return withProgress(`Accuracy of ${spec.name} by bit width`, 'networks', (progress) =>
    interruptible(async (signal) => {
      const results: BitWidthAccuracy[] = [];
      for (const { bits, granularity } of cases) {
        signal.throwIfAborted();
        const quantized = fakeQuantize(model, { bits, ...granularity });
        const session = await openSession(quantized, { threads });
        const { correct, total } = await evaluate(session, dataset.test, { batchSize: 64 });
        await session.release();
        results.push({ model: spec.name, bits, scales: scalesOf(granularity), correct, total });
        progress(results.length, cases.length);
      }
      return results;
    }),
  );
}

function scalesOf({ perChannel, blockSize }: WeightGranularity): string {
  if (blockSize !== undefined) return `per ${blockSize} inputs`;
  return perChannel ? 'per output' : 'per layer';
}
