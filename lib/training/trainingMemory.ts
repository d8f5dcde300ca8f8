import { modelCost } from '#lib/models/cost';
import { numberFormats, type FormatName } from '#lib/training/numberFormat';

/** Bytes that a training keeps between one operation and another. */
export interface TrainingMemory {
  /** Weights and biases that the network computes with. */
  readonly weights: number;
  /** Their float32 copy, which the optimizer changes; 0 where that is the same. */
  readonly masterWeights: number;
  /** One for each weight and bias. */
  readonly gradients: number;
  /** Adam's two running means, float32. */
  readonly optimizer: number;
  /** Inputs of all layers and the logits of a batch, which the way back reads again. */
  readonly activations: number;
}

const float32 = numberFormats.float32.bytes;

/**
 * Computed from shapes, not measured.
 *
 * @param widths widths from input to output, such as `[400, 1024, 1024, 10]`
 */
export function trainingMemory(
  widths: readonly number[],
  batchSize: number,
  { format, masterWeights }: { readonly format: FormatName; readonly masterWeights: boolean },
): TrainingMemory {
  const { bytes } = numberFormats[format];
  const { parameters } = modelCost(widths);
  return {
    weights: bytes * parameters,
    masterWeights: masterWeights && format !== 'float32' ? float32 * parameters : 0,
    gradients: bytes * parameters,
    optimizer: 2 * float32 * parameters,
    activations: bytes * batchSize * widths.reduce((sum, width) => sum + width, 0),
  };
}

export function totalBytes(memory: TrainingMemory): number {
  return (Object.values(memory) as number[]).reduce((sum, bytes) => sum + bytes, 0);
}
