import { argmaxRows, evaluateModel } from '#lib/evaluation/accuracy';
import type { Dataset } from '#lib/loaders/dataset';
import { tfjsBackend, type Tfjs } from '#lib/models/backend';
import { exportOnnx } from '#lib/models/exportOnnx';
import { tfjsLogits, type Through } from '#lib/models/forward';
import { initialNetwork, type Network } from '#lib/models/network';
import { layerWidths } from '#lib/models/spec';
import { encodeModel } from '#lib/onnx/model';
import type { Ranges } from '#lib/quantizers/calibration';
import { quantizeStatic } from '#lib/quantizers/staticInt8';
import { quantizeWeightOnly } from '#lib/quantizers/weightOnly';
import { seededRandom } from '#lib/random';
import { activationMappings, activationRanges } from '#lib/training/activationMappings';
import {
  gridName,
  grids,
  type FineTuningCase,
  type Grid,
  type MixedPrecisionCase,
  type TrainingCase,
} from '#lib/training/cases';
import { countGradient, noGradients } from '#lib/training/gradientCounts';
import { lossScaler } from '#lib/training/lossScaler';
import { quantizedThrough } from '#lib/training/quantizedThrough';
import { roundedTensor } from '#lib/training/roundedTensor';
import { roundingTo } from '#lib/training/rounding';
import { predictionText, type TrainingRecord } from '#lib/training/trainingRecord';
import { trainSteps, type Arithmetic, type Steps } from '#lib/training/trainSteps';

/** What a training reads. */
export interface TrainingInput {
  readonly dataset: Dataset;
  /** The trained float32 network, from which fine-tuning starts. */
  readonly trained: Network;
}

export interface TrainCaseOptions {
  /** Of the inference engine. */
  readonly threads: number;
  /** Told how many steps of all are done, with what they are taken to be that classifying takes. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** What a record says of the training itself. */
export type TrainingResult = Omit<TrainingRecord, 'case' | 'data' | 'backend' | 'machine' | 'date'>;

/** Steps that take as long as classifying the test examples. */
const evaluationSteps = 20;

/** Does the training of a case, and has its network classify the test examples. */
export async function trainCase(
  one: TrainingCase,
  input: TrainingInput,
  { threads, onProgress }: TrainCaseOptions,
): Promise<TrainingResult> {
  const total = one.steps + evaluationSteps;
  const onStep = (step: number): void => {
    onProgress?.(step, total);
  };
  const result =
    one.kind === 'mixed precision'
      ? await mixedPrecision(one, input, onStep)
      : await fineTuning(one, input, threads, onStep);
  onProgress?.(total, total);
  return result;
}

async function mixedPrecision(
  one: MixedPrecisionCase,
  { dataset }: TrainingInput,
  onStep: (step: number) => void,
): Promise<TrainingResult> {
  const { spec, format, masterWeights, lossScaling, steps, seed } = one;
  const { tf } = await tfjsBackend();
  const round = await roundingTo(format);
  const gradients = { weights: noGradients(), activations: noGradients() };
  const isCounted = (step: number): boolean => step % Math.ceil(steps / 10) === 0;
  const through = (step?: number): Through | undefined => {
    const counted = step !== undefined && isCounted(step);
    if (format === 'float32' && !counted) return undefined; // as it is
    return (x, role) => {
      const counts = gradients[role === 'weights' ? 'weights' : 'activations'];
      const count = (before: Float32Array, after: Float32Array): void => {
        countGradient(counts, before, after, format);
      };
      return roundedTensor(tf, x, round, counted && role !== 'bias' ? count : undefined);
    };
  };
  const random = seededRandom(seed);
  const start = initialNetwork(layerWidths(spec, dataset.train.features.width), random);
  const done = await trainSteps(start, dataset.train, {
    ...spec,
    steps,
    seed,
    arithmetic: {
      through: (_, step) => through(step),
      scaler: lossScaling && lossScaler(lossScaling),
      keep: masterWeights ? undefined : round,
    },
    onStep,
  });
  const predictions = { [format]: await classify(done.network, dataset, through()) };
  return { ...stepsOf(done), gradients, predictions };
}

async function fineTuning(
  one: FineTuningCase,
  { dataset, trained }: TrainingInput,
  threads: number,
  onStep: (step: number) => void,
): Promise<TrainingResult> {
  const { spec, grid, steps, learningRate, seed } = one;
  const { tf } = await tfjsBackend();
  const ranges: Ranges =
    grid?.activations === undefined
      ? new Map() // no activation is rounded in the training
      : await activationRanges(trained, dataset.train.features, seed);
  const arithmetic: Arithmetic = {
    through: grid && ((network) => gridThrough(tf, network(), grid, ranges)),
  };
  const { batchSize } = spec;
  const options = { batchSize, steps, learningRate, seed, arithmetic, onStep, decay: true };
  const done = steps > 0 ? await trainSteps(trained, dataset.train, options) : undefined;
  const network = done?.network ?? trained;
  const predictions: Record<string, string> = {};
  // A network that was not trained on a grid is put on all of them: post-training quantization.
  const own = grid ? ranges : await activationRanges(network, dataset.train.features, seed);
  if (!grid) predictions[gridName()] = await classify(network, dataset);
  for (const each of grid ? [grid] : grids) {
    const through = gridThrough(tf, network, each, own);
    predictions[gridName(each)] = await classify(network, dataset, through);
    const model = engineModel(network, each, own);
    if (!model) continue;
    const byEngine = await evaluateModel(model, dataset.test, { batchSize: 64, threads });
    predictions[engineName(each)] = predictionText(byEngine.predictions);
  }
  return { ...stepsOf(done), predictions };
}

/** What the engine's predictions are called in a record. */
export function engineName(grid: Grid): string {
  return `${gridName(grid)}, engine`;
}

function gridThrough(tf: Tfjs, network: Network, grid: Grid, ranges: Ranges): Through {
  const { weights: bits, activations } = grid;
  return quantizedThrough(tf, network, {
    bits,
    activations: activations === undefined ? undefined : activationMappings(ranges, activations),
  });
}

/** The network on a grid as a model that the engine has kernels for, if it has: int8, or int4 weights. */
function engineModel(
  network: Network,
  { weights, activations }: Grid,
  ranges: Ranges,
): Uint8Array | undefined {
  const model = encodeModel(exportOnnx(network, 'network'));
  if (weights === 8 && activations === 8) {
    return quantizeStatic(model, ranges, { perChannel: true, reduceRange: false });
  }
  if (activations !== undefined) return undefined;
  if (weights === 8) return quantizeWeightOnly(model, { bits: 8 });
  if (weights === 4) {
    return quantizeWeightOnly(model, { bits: 4, blockSize: 128, scalePer: 'output' });
  }
  return undefined;
}

async function classify(
  network: Network,
  { test, classes }: Dataset,
  through?: Through,
): Promise<string> {
  return predictionText(argmaxRows(await tfjsLogits(network, test.features, through), classes));
}

function stepsOf(done?: Steps): Omit<TrainingResult, 'predictions'> {
  return {
    losses: Array.from(done?.losses ?? [], (loss) =>
      Number.isFinite(loss) ? Number(loss.toPrecision(6)) : null,
    ),
    lossScales: Array.from(done?.lossScales ?? []),
    skipped: [...(done?.skipped ?? [])],
    stepMilliseconds: done?.stepMilliseconds ?? 0,
  };
}
