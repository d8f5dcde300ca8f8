import { accuracyOf, type Accuracy } from '#lib/evaluation/accuracy';
import { logitError, type LogitError } from '#lib/evaluation/logitError';
import { modelLogits } from '#lib/evaluation/session';
import type { Split } from '#lib/loaders/dataset';
import { adaRound } from '#lib/quantizers/corrections/adaRound';
import { correctBiases } from '#lib/quantizers/corrections/biasCorrection';
import { readCanonical } from '#lib/quantizers/canonicalLayers';
import { calibrate } from '#lib/quantizers/calibration';
import { reconstructedWeights } from '#lib/quantizers/fakeQuantize';
import { integerRange, type IntegerRange } from '#lib/mapping/integerRange';
import { linearLayers } from '#lib/quantizers/linearLayers';
import { replaceParameters } from '#lib/quantizers/replaceParameters';
import { quantizeStatic } from '#lib/quantizers/staticInt8';
import type { Progress } from '#lib/report/progress';

/** What is done to a model, in this order, beside quantizing it by min-max with one scale a layer. */
const methods = {
  'min-max': { equalized: false, rounded: false, corrected: false },
  equalized: { equalized: true, rounded: false, corrected: false },
  'bias corrected': { equalized: false, rounded: false, corrected: true },
  'equalized, bias corrected': { equalized: true, rounded: false, corrected: true },
  AdaRound: { equalized: false, rounded: true, corrected: false },
};
export type Method = keyof typeof methods;
export const methodNames = Object.keys(methods) as Method[];

/**
 * Bits of the weights, computed in float32; or `static int8`: weights within ±64 and uint8 activations on
 * the engine's int8 kernels.
 */
export type MethodTarget = number | 'static int8';

/** A method and what the model is quantized to. */
export interface MethodCase {
  readonly method: Method;
  readonly target: MethodTarget;
}

/** What a quantized model does on the test split. */
export interface MethodResult extends MethodCase, Accuracy, LogitError {}

/** What {@link methodResults} takes. */
export interface MethodInput {
  /** Content of a float32 ONNX file. */
  readonly model: Uint8Array;
  /** What {@link equalize} makes of it. */
  readonly equalized: Uint8Array;
  /** Calibration examples. */
  readonly batches: readonly Float32Array[];
  readonly test: Split;
  /** Of the float32 model on the test split. */
  readonly testLogits: Float32Array;
  readonly target: MethodTarget;
  /** AdaRound's. */
  readonly seed: number;
}

/** Quantizes a model to a target by each method, and evaluates it on the test split; on one thread. */
export async function methodResults(
  { model, equalized, batches, test, testLogits, target, seed }: MethodInput,
  progress: Progress,
): Promise<MethodResult[]> {
  const results: MethodResult[] = [];
  const onStep = (step: number, steps: number): void => {
    progress(results.length, methodNames.length, `AdaRound, step ${step} of ${steps}`);
  };
  const plain = { float: model, quantize: await quantizer(model, target, batches) };
  const even = { float: equalized, quantize: await quantizer(equalized, target, batches) };
  for (const method of methodNames) {
    const { equalized: isEven, rounded, corrected } = methods[method];
    const { float, quantize } = isEven ? even : plain;
    let quantized: Uint8Array;
    if (rounded) {
      const learned = await adaRound(float, batches, { seed, onStep, integers: integers(target) });
      quantized = (await quantizer(learned, target, batches))(learned);
    } else {
      quantized = corrected ? await correctBiases(float, quantize, batches) : quantize(float);
    }
    const logits = await modelLogits(quantized, test.features, { batchSize: 64, threads: 1 });
    const error = logitError(testLogits, logits, logits.length / test.labels.length);
    results.push({ method, target, ...accuracyOf(logits, test.labels), ...error });
    progress(results.length, methodNames.length);
  }
  return results;
}

/** What min-max with one scale a layer makes the weights. */
function integers(target: MethodTarget): IntegerRange {
  return target === 'static int8'
    ? { min: -64, max: 64 }
    : integerRange({ bits: target, signed: true });
}

/**
 * Quantizes a model by min-max, and others that differ from it in biases alone: its ranges and, in float32,
 * its weights are found once.
 */
async function quantizer(
  model: Uint8Array,
  target: MethodTarget,
  batches: readonly Float32Array[],
): Promise<(model: Uint8Array) => Uint8Array> {
  if (target === 'static int8') {
    const ranges = await calibrate(model, batches);
    return (bytes) => quantizeStatic(bytes, ranges);
  }
  const weights = new Map(
    linearLayers(readCanonical(model).graph).map((layer) => [
      layer.output,
      reconstructedWeights(layer, { bits: target }),
    ]),
  );
  return (bytes) =>
    replaceParameters(bytes, 'reconstructed', ({ output }) => ({ weight: weights.get(output) }));
}
