import { accuracyOf, type Accuracy } from '#lib/evaluation/accuracy';
import { logitError, type LogitError } from '#lib/evaluation/logitError';
import { modelLogits } from '#lib/evaluation/session';
import type { Dataset, Split } from '#lib/loaders/dataset';
import type { TrainedModel } from '#lib/models/checkpoint';
import { adaRound, type LearningOptions } from '#lib/quantizers/corrections/adaRound';
import { correctBiases } from '#lib/quantizers/corrections/biasCorrection';
import { calibrate } from '#lib/quantizers/calibration';
import { calibrationBatches, type CalibrationExamples } from '#lib/quantizers/calibrationBatches';
import { equalize } from '#lib/quantizers/corrections/equalization';
import { fakeQuantize } from '#lib/quantizers/fakeQuantize';
import { integerRange } from '#lib/quantizers/mapping/integerRange';
import { quantizeStatic } from '#lib/quantizers/staticInt8';
import type { MethodRecord } from '#lib/experiments/methodReport';
import { withWorkers } from '#lib/experiments/workers';
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
  /** Calibration examples. */
  readonly batches: readonly Float32Array[];
  readonly test: Split;
  readonly targets: readonly MethodTarget[];
  /** AdaRound's. */
  readonly seed: number;
  /** Threads of the engine. */
  readonly threads: number;
}

/** Quantizes a model to each target by each method, and evaluates it on the test split. */
export async function methodResults(
  { model, batches, test, targets, seed, threads }: MethodInput,
  progress: Progress,
): Promise<MethodResult[]> {
  const cases = methodNames.flatMap((method) => targets.map((target) => ({ method, target })));
  const results: MethodResult[] = [];
  const testLogits = (bytes: Uint8Array): Promise<Float32Array> =>
    modelLogits(bytes, test.features, { batchSize: 64, threads });
  const onStep = (step: number, steps: number): void => {
    progress(results.length, cases.length, `AdaRound, step ${step} of ${steps}`);
  };
  const float32 = await testLogits(model);
  const equalizedModel = equalize(model);
  for (const one of cases) {
    const float = methods[one.method].equalized ? equalizedModel : model;
    const quantized = await quantizeBy(float, one, batches, { seed, threads, onStep });
    const logits = await testLogits(quantized);
    const error = logitError(float32, logits, logits.length / test.labels.length);
    results.push({ ...one, ...accuracyOf(logits, test.labels), ...error });
    progress(results.length, cases.length);
  }
  return results;
}

/**
 * {@link methodResults} of several models, with a progress display: two processes share the work. Stops
 * when the user interrupts it.
 *
 * @param examples for calibration; their seed is AdaRound's as well
 */
export function methodsSideBySide(
  models: readonly (readonly [TrainedModel, Dataset])[],
  targets: readonly MethodTarget[],
  { threads, ...examples }: CalibrationExamples & { readonly threads: number },
): Promise<MethodRecord[]> {
  const { seed } = examples;
  return withWorkers('Better than min-max', 'networks', (run) =>
    Promise.all(
      models.map(async ([{ model }, dataset]) => {
        const { train, test } = dataset;
        const drawn = calibrationBatches(train.features, examples);
        const batches = Array.from(drawn, (batch) => batch.slice());
        // Some targets take longer than others, so that each is a task of its own.
        const parts = await Promise.all(
          targets.map((target) =>
            run('methodResults', { model, batches, test, targets: [target], seed, threads }),
          ),
        );
        const results = methodNames.flatMap((name) =>
          parts.flatMap((part) => part.filter(({ method }) => method === name)),
        );
        return { dataset, results };
      }),
    ),
  );
}

/** The model, equalized or not, quantized to the target with what else the method does. */
async function quantizeBy(
  model: Uint8Array,
  { method, target }: MethodCase,
  batches: readonly Float32Array[],
  options: LearningOptions & { readonly threads: number },
): Promise<Uint8Array> {
  const { rounded, corrected } = methods[method];
  let float = model;
  if (rounded) {
    const integers =
      target === 'static int8'
        ? { min: -64, max: 64 }
        : integerRange({ bits: target, signed: true });
    float = await adaRound(float, batches, { ...options, integers });
  }
  const quantize = await quantizer(float, target, batches);
  return corrected ? correctBiases(float, quantize, batches, options) : quantize(float);
}

async function quantizer(
  model: Uint8Array,
  target: MethodTarget,
  batches: readonly Float32Array[],
): Promise<(model: Uint8Array) => Uint8Array> {
  if (target !== 'static int8') return (bytes) => fakeQuantize(bytes, { bits: target });
  const ranges = await calibrate(model, batches);
  return (bytes) => quantizeStatic(bytes, ranges);
}
