/** The ways of quantizing in which ours and ONNX Runtime's quantizers are compared: a row for each. */
import type { Ranges } from '#lib/quantizers/calibration';
import { quantizeDynamic } from '#lib/quantizers/dynamicInt8';
import { entropyObserver } from '#lib/quantizers/observers/entropyObserver';
import { minMaxObserver, type Observer } from '#lib/quantizers/observers/observer';
import type {
  BlockVariant,
  Calibration,
  Constants,
  Variant,
} from '#lib/quantizers/oracle/ortQuantizers';
import { percentileObserver } from '#lib/quantizers/observers/percentileObserver';
import { quantizeStatic } from '#lib/quantizers/staticInt8';
import { quantizeWeightOnly } from '#lib/quantizers/weightOnly';

/** Ours beside theirs. */
export interface ComparedCalibration extends Calibration {
  readonly observer: () => Observer;
}

/** Ours beside theirs. */
export interface ComparedVariant extends Variant {
  readonly ours: (model: Uint8Array, ranges: Ranges) => Uint8Array;
  /**
   * Whether it is one of the few in which each two options meet: enough for large models, after small ones
   * have been quantized in every way.
   */
  readonly isSampled: boolean;
}

export const minMax: ComparedCalibration = {
  name: 'min-max',
  method: 'MinMax',
  options: {},
  observer: minMaxObserver,
};

/** As ONNX Runtime finds ranges by default, and with fewer values represented or more ranges tried. */
export const calibrations: readonly ComparedCalibration[] = [
  minMax,
  {
    name: 'percentile 99.999',
    method: 'Percentile',
    options: {},
    observer: () => percentileObserver({ bins: 2048, binning: 'onnxruntime' }),
  },
  {
    name: 'percentile 99, not symmetric',
    method: 'Percentile',
    options: { percentile: 99, symmetric: false, num_bins: 1000 },
    observer: () =>
      percentileObserver({ percentile: 99, symmetric: false, bins: 1000, binning: 'onnxruntime' }),
  },
  {
    name: 'entropy of 128 bins',
    method: 'Entropy',
    options: {},
    observer: () => entropyObserver({ bins: 128, binning: 'onnxruntime' }),
  },
  {
    name: 'entropy of 512 bins',
    method: 'Entropy',
    options: { num_bins: 512 },
    observer: () => entropyObserver({ bins: 512, binning: 'onnxruntime' }),
  },
];

interface Weights {
  readonly perChannel: boolean;
  readonly reduceRange: boolean;
}

const weightOptions: readonly Weights[] = [false, true].flatMap((perChannel) =>
  [false, true].map((reduceRange) => ({ perChannel, reduceRange })),
);

function describeOptions({ perChannel, reduceRange }: Weights): string {
  return `${perChannel ? 'per channel' : 'per tensor'}${reduceRange ? ', reduced range' : ''}`;
}

export const dynamicVariants: readonly ComparedVariant[] = (['int8', 'uint8'] as const).flatMap(
  (weightType) =>
    weightOptions.map((options) => ({
      name: `dynamic ${weightType}, ${describeOptions(options)}`,
      ...options,
      weights: weightType === 'int8' ? 'QInt8' : 'QUInt8',
      ours: (model: Uint8Array) => quantizeDynamic(model, { ...options, weightType }),
      isSampled: (options.perChannel === options.reduceRange) === (weightType === 'int8'),
    })),
);

const typeNames = {
  U8S8: { activations: 'QUInt8', weights: 'QInt8' },
  S8S8: { activations: 'QInt8', weights: 'QInt8' },
  U8U8: { activations: 'QUInt8', weights: 'QUInt8' },
} as const;

/** For each type, how weights are quantized in the QDQ sample; in the QOperator sample, the opposite. */
const sampled: Readonly<Record<keyof typeof typeNames, Weights>> = {
  U8S8: { perChannel: false, reduceRange: false },
  S8S8: { perChannel: true, reduceRange: false },
  U8U8: { perChannel: false, reduceRange: true },
};

/** All ways for min-max ranges, and one for each of the others, which change nothing but ranges. */
export const staticVariants: readonly ComparedVariant[] = calibrations.flatMap((calibration) =>
  (['QDQ', 'QOperator'] as const).flatMap((form) =>
    (['U8S8', 'S8S8', 'U8U8'] as const).flatMap((types) =>
      weightOptions
        .map((options) => ({
          name: `static ${form} ${types} ${calibration.name}, ${describeOptions(options)}`,
          ...options,
          ...typeNames[types],
          calibration: calibration.name,
          form,
          ours: (model: Uint8Array, ranges: Ranges) =>
            quantizeStatic(model, ranges, { ...options, form, types }),
          isSampled: (['perChannel', 'reduceRange'] as const).every(
            (option) => (options[option] === sampled[types][option]) === (form === 'QDQ'),
          ),
        }))
        .filter(
          ({ isSampled }) =>
            calibration === minMax || (isSampled && form === 'QDQ' && types === 'U8S8'),
        ),
    ),
  ),
);

/** Ours beside theirs. */
export interface ComparedBlocks extends BlockVariant {
  readonly ours: (model: Uint8Array) => Uint8Array;
}

/** Weights only, in blocks of this size at most. */
export function blockVariants(blockSize: number): ComparedBlocks[] {
  return ([4, 8] as const).flatMap((bits) =>
    (['symmetric', 'affine'] as const).map((scheme) => ({
      name: `weights of ${bits} bits in blocks of ${blockSize}, ${scheme}`,
      ...{ bits, blockSize, scheme },
      ours: (model: Uint8Array) =>
        quantizeWeightOnly(model, { bits, blockSize, scheme, scaleType: 'float32' }),
    })),
  );
}

/** Constants of `MatMulNBitsQuantizer`, named as ours. */
export function translatedBlocks(theirs: Constants): Constants {
  const named = [...theirs].map(([name, content]): [string, string] => [
    name.replace(/_Q[48]$/, '_quantized').replace(/_(scale|zero_point)s$/, '_$1'),
    content,
  ]);
  return new Map(named.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/**
 * ONNX Runtime's constants as ours are named and shaped, and those that ours do without.
 *
 * Names differ for transposed weights, for scales of biases, and for an output whose ReLU is left out,
 * as QOperator does: there it is named by the layer, here by the ReLU. The scale of a bias per tensor has
 * one dimension there, of one element, and none here.
 */
export function translated(theirs: Constants): { constants: Constants; leftOut: Constants } {
  const all = [...theirs];
  const isLeftOut = ([name]: [string, string]): boolean =>
    /^logits_(scale|zero_point)$|\.bias_quantized_zero_point$/.test(name);
  return {
    constants: new Map(
      all
        .filter((constant) => !isLeftOut(constant))
        .map(([name, content]): [string, string] => {
          const ours = name
            .replace('_Transposed', '')
            .replace('bias_quantized_scale', 'bias_scale')
            .replace(/^(layer\d+)_(?=scale|zero_point)/, '$1.relu_');
          return [ours, ours.endsWith('bias_scale') ? content.replace('[1] ', '[] ') : content];
        })
        .sort(([a], [b]) => (a < b ? -1 : 1)),
    ),
    leftOut: new Map(all.filter(isLeftOut)),
  };
}
