/** The trainings of notebook 08, as data: change a number here to try something else. */
import type { ModelSpec } from '#lib/models/spec';
import type { Setting } from '#lib/records/setting';
import { defaultLossScaling, type LossScaling } from '#lib/training/lossScaler';
import type { FormatName } from '#lib/training/numberFormat';

/** A training from the first step on, in another arithmetic. */
export interface MixedPrecisionCase {
  readonly kind: 'mixed precision';
  readonly spec: ModelSpec;
  /** Of weights, activations and gradients, wherever the network reads or gives one. */
  readonly format: FormatName;
  /** Whether the optimizer changes float32 weights, or those of the format. */
  readonly masterWeights: boolean;
  readonly lossScaling?: LossScaling;
  readonly steps: number;
  readonly seed: number;
}

/** Bits of the weights, and of the activations if these are quantized as well. */
export interface Grid {
  readonly weights: number;
  /** Of the inputs of all layers but the first, whose input has 8 bits. */
  readonly activations?: number;
}

/** A trained network that is trained on, with its weights and activations on a grid or in float32. */
export interface FineTuningCase {
  readonly kind: 'fine-tuning';
  readonly spec: ModelSpec;
  /** The grid that the network is trained on: quantization-aware training; float32 if left out. */
  readonly grid?: Grid;
  /** 0 leaves the network as it is. */
  readonly steps: number;
  /** Of the first step; it falls evenly to 0. */
  readonly learningRate: number;
  readonly seed: number;
}

export type TrainingCase = MixedPrecisionCase | FineTuningCase;

/** Steps of each training. */
export const trainingSettings: Readonly<
  Record<Setting, { readonly mixedPrecision: number; readonly fineTuning: number }>
> = {
  quick: { mixedPrecision: 100, fineTuning: 60 },
  full: { mixedPrecision: 600, fineTuning: 400 },
};

/** Weights alone, and weights and activations. Below 4 bits no engine has a kernel. */
export const grids: readonly Grid[] = [
  { weights: 8 },
  { weights: 4 },
  { weights: 3 },
  { weights: 2 },
  { weights: 8, activations: 8 },
  { weights: 4, activations: 4 },
  { weights: 3, activations: 3 },
  { weights: 2, activations: 2 },
];

/**
 * The default of PyTorch, but growing after 20 steps instead of 2000: so many are more than a whole training
 * here, and the factor would stay where it starts.
 */
const labLossScaling: LossScaling = { ...defaultLossScaling, growthInterval: 20 };

/** The same training in each arithmetic. */
export function mixedPrecisionCases(
  spec: ModelSpec,
  { steps, seed }: { steps: number; seed: number },
): MixedPrecisionCase[] {
  const common = { kind: 'mixed precision', spec, steps, seed, masterWeights: true } as const;
  const lossScaling = labLossScaling;
  return [
    { ...common, format: 'float32' },
    { ...common, format: 'bfloat16' },
    { ...common, format: 'float16' },
    { ...common, format: 'float16', lossScaling },
    { ...common, format: 'bfloat16', masterWeights: false },
    { ...common, format: 'float16', masterWeights: false, lossScaling },
  ];
}

/**
 * The trained network as it is, trained on in float32, and trained on the grid: by the second it can be told
 * whether it is the grid or the training that changes a network.
 */
export function fineTuningCases(
  spec: ModelSpec,
  { steps, seed, learningRate }: { steps: number; seed: number; learningRate: number },
): FineTuningCase[] {
  const common = { kind: 'fine-tuning', spec, steps, seed, learningRate } as const;
  return [
    { ...common, steps: 0 },
    common,
    ...grids.map((grid): FineTuningCase => ({ ...common, grid })),
  ];
}

/** `W4`, `W4A4`; `float32` without a grid. */
export function gridName(grid?: Grid): string {
  if (!grid) return 'float32';
  return `W${grid.weights}${grid.activations === undefined ? '' : `A${grid.activations}`}`;
}

/** `float16, scaled`, `bfloat16, no master weights`. */
export function arithmeticName(one: Omit<MixedPrecisionCase, 'kind' | 'spec'>): string {
  return [
    one.format,
    ...(one.lossScaling ? ['scaled'] : []),
    ...(one.masterWeights ? [] : ['no master weights']),
  ].join(', ');
}

/** For file names: `mnist-float16-scaled`, `sst2-fine-tuned-W4`. */
export function trainingName(one: TrainingCase): string {
  const name =
    one.kind === 'mixed precision' ? arithmeticName(one) : `fine-tuned ${gridName(one.grid)}`;
  return `${one.spec.name}-${name.replace(/\W+/g, '-')}`;
}
