import { stat } from 'node:fs/promises';
import path from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { calibrationData } from '#cli/calibrationData';
import { size, userFile } from '#cli/files';
import { nodeLabel } from '#lib/onnx/graph';
import { openModel, requireWritable, writeModel } from '#lib/onnx/modelFile';
import { calibrate } from '#lib/quantizers/calibration';
import { readCanonical } from '#lib/quantizers/canonicalLayers';
import { quantizeDynamic } from '#lib/quantizers/dynamicInt8';
import { entropyObserver } from '#lib/quantizers/observers/entropyObserver';
import { toFloat16 } from '#lib/quantizers/float16';
import { histogramObserver } from '#lib/quantizers/observers/histogramObserver';
import { layersLeft, linearLayers } from '#lib/quantizers/linearLayers';
import { minMaxObserver, movingAverageObserver } from '#lib/quantizers/observers/observer';
import { percentileObserver } from '#lib/quantizers/observers/percentileObserver';
import { quantizeStatic, type StaticForm, type StaticTypes } from '#lib/quantizers/staticInt8';
import { quantizeWeightOnly } from '#lib/quantizers/weightOnly';
import { withProgress } from '#lib/report/progress';
import { interrupted } from '#setup/interrupt';

interface Options {
  readonly output: string;
  readonly to: keyof typeof quantizers;
  readonly perChannel?: true;
  readonly fullRange?: true;
  readonly calibrate?: string;
  readonly observer: keyof typeof observers;
  readonly examples: number;
  readonly seed: number;
  readonly blockSize?: number;
  readonly form: StaticForm;
  readonly types: StaticTypes;
}

const observers = {
  'min-max': () => minMaxObserver(),
  'moving-average': () => movingAverageObserver(),
  percentile: () => percentileObserver(),
  histogram: () => histogramObserver(),
  entropy: () => entropyObserver(),
};

/** What a model can be quantized to, by the name of `--to`. */
const quantizers = {
  'dynamic-int8': (model: Uint8Array, options: Options) =>
    Promise.resolve(quantizeDynamic(model, weightOptions(options))),
  'static-int8': quantizeToStatic,
  'int8-weights': (model: Uint8Array, { blockSize }: Options) =>
    Promise.resolve(
      quantizeWeightOnly(model, blockSize === undefined ? { bits: 8 } : { bits: 8, blockSize }),
    ),
  'int4-weights': (model: Uint8Array, { blockSize = 32 }: Options) =>
    Promise.resolve(quantizeWeightOnly(model, { bits: 4, blockSize })),
  float16: (model: Uint8Array) => Promise.resolve(toFloat16(model)),
};

/** The options that each of them has, besides those that all need. */
const optionsOf: Readonly<Record<Options['to'], readonly (keyof Options)[]>> = {
  'dynamic-int8': ['perChannel', 'fullRange'],
  'static-int8': [
    'perChannel',
    'fullRange',
    'calibrate',
    'observer',
    'examples',
    'seed',
    'form',
    'types',
  ],
  'int8-weights': ['blockSize'],
  'int4-weights': ['blockSize'],
  float16: [],
};

function weightOptions({ perChannel, fullRange }: Options): {
  perChannel?: boolean;
  reduceRange?: boolean;
} {
  return { perChannel, ...(fullRange && { reduceRange: false }) };
}

async function quantizeToStatic(model: Uint8Array, options: Options): Promise<Uint8Array> {
  if (options.calibrate === undefined) {
    throw new Error(
      'Static quantization needs examples to find the ranges of activations: name them with ' +
        '--calibrate FILE.npy (float32, one example a row), or --calibrate mnist or sst2 for the ' +
        "lab's own data.",
    );
  }
  const { batches, count } = await calibrationData(options.calibrate, model, options);
  const ranges = await withProgress('Calibrating', 'batches', (progress) =>
    calibrate(model, batches, {
      observer: observers[options.observer],
      onBatch: (done) => {
        progress(done, count);
      },
      signal: interrupted,
    }),
  );
  const { form, types } = options;
  return quantizeStatic(model, ranges, { ...weightOptions(options), form, types });
}

export function quantizeCommand(): Command {
  return new Command('quantize')
    .description(
      'Quantizes the fully connected layers of a model; all else stays in float32, and is named.',
    )
    .argument('<model>', 'ONNX file; weights in files beside it are taken in')
    .requiredOption('-o, --output <file>', 'ONNX file to write')
    .addOption(
      new Option('--to <form>', 'what to quantize to')
        .choices(Object.keys(quantizers))
        .makeOptionMandatory(),
    )
    .option('--per-channel', 'a scale for each output of a layer instead of one a layer (int8)')
    .option(
      '--full-range',
      'weights of all 8 bits; on x86 without VNNI sums can then overflow (int8)',
    )
    .option(
      '--block-size <number>',
      'inputs that share a scale, a power of two from 16 (int4-weights: 32 unless given; int8-weights: ' +
        'all inputs of an output unless given)',
      natural,
    )
    .option(
      '--calibrate <data>',
      'examples for static-int8: an .npy file of float32, or mnist or sst2 for training data of the lab',
    )
    .addOption(
      new Option('--observer <kind>', 'how ranges are found from the examples (static-int8)')
        .choices(Object.keys(observers))
        .default('min-max'),
    )
    .option(
      '--examples <number>',
      'examples to calibrate with, chosen at random (static-int8)',
      natural,
      512,
    )
    .option('--seed <number>', 'seed of that choice (static-int8)', natural, 1)
    .addOption(
      new Option('--form <form>', 'operators that stand for a layer (static-int8)')
        .choices(['QDQ', 'QOperator'])
        .default('QDQ'),
    )
    .addOption(
      new Option('--types <types>', 'activations and weights, U unsigned, S signed (static-int8)')
        .choices(['U8S8', 'S8S8', 'U8U8'])
        .default('U8S8'),
    )
    .addHelpText(
      'after',
      '\nExample:\n  npx quantization-lab quantize net.onnx -o net.int8.onnx --to dynamic-int8',
    )
    .action(quantize);
}

/** A whole number from 1. */
function natural(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError('Give a whole number from 1.');
  return Number(text);
}

/** Whether two names mean one file, also by links. */
async function isSameFile(a: string, b: string): Promise<boolean> {
  const [inA, inB] = await Promise.all([a, b].map((file) => stat(file).catch(() => undefined)));
  return inA !== undefined && inA.dev === inB?.dev && inA.ino === inB.ino;
}

/** @throws Error if an option was given that the form doesn't have, were it with its default value */
function requireUse(command: Command): void {
  const { to } = command.opts<Options>();
  const known: readonly string[] = ['output', 'to', ...optionsOf[to]];
  const unused = command.options.find((option) => {
    const name = option.attributeName();
    return command.getOptionValueSource(name) === 'cli' && !known.includes(name);
  });
  if (unused) throw new Error(`${unused.long} has no meaning for ${to}: leave it out.`);
}

async function quantize(model: string, options: Options, command: Command): Promise<void> {
  const [file, output] = [userFile(model), userFile(options.output)];
  requireUse(command);
  const opened = await openModel(file);
  for (const part of opened.files) {
    if (await isSameFile(part, output)) {
      const what = part === file ? 'the model itself' : 'where the model keeps its weights';
      throw new Error(`${output} is ${what}. Name another file to write with -o.`);
    }
  }
  await requireWritable(output);
  const original = await opened.whole();
  const layers = linearLayers(readCanonical(original).graph);
  const left = layersLeft(original);
  const quantized = await quantizers[options.to](original, options);
  await writeModel(output, quantized, interrupted);

  const all = layers.length + left.length;
  console.log(`Quantized to ${options.to}: ${layers.length} of ${all} layers with weights`);
  for (const { node, weight, outputAxis } of layers) {
    const { dims } = weight;
    console.log(`  ${nodeLabel(node)} (${dims[1 - outputAxis]} → ${dims[outputAxis]})`);
  }
  if (left.length > 0) console.log('Left in float32:');
  for (const { node, operator, reason } of left) console.log(`  ${node} (${operator}): ${reason}`);
  const ratio = (original.length / quantized.length).toFixed(2);
  console.log(`Before: ${size(original.length)}`);
  console.log(`After:  ${size(quantized.length)}, ${ratio} × smaller`);
  console.log(`Written: ${path.relative(process.env.INIT_CWD ?? '.', output)}`);
}
