import type { Ranges } from '#lib/quantizers/calibration';
import { readCanonical } from '#lib/quantizers/canonicalLayers';
import { quantizeDynamic } from '#lib/quantizers/dynamicInt8';
import { toFloat16 } from '#lib/quantizers/float16';
import { linearLayers } from '#lib/quantizers/linearLayers';
import type { LayerSelection } from '#lib/quantizers/replaceLayers';
import { quantizeStatic } from '#lib/quantizers/staticInt8';
import { quantizeWeightOnly } from '#lib/quantizers/weightOnly';

/** What a layer can be and the engine has a kernel for. In the order of all tables and figures. */
export const precisions = [
  'float32',
  'float16',
  'dynamic int8',
  'static int8',
  'int4 weights',
] as const;
export type Precision = (typeof precisions)[number];

/**
 * The two halves of static int8, to tell whose error it is: the same integers, but the other half stays
 * float32. There is no kernel for that; the engine dequantizes them again and multiplies in float32.
 */
export const halves = ['int8 weights', 'uint8 activations'] as const;

export type Treatment = Precision | (typeof halves)[number];
export const treatments: readonly Treatment[] = [...precisions, ...halves];

/** What becomes of each layer, in the order of the model. */
export type Assignment = readonly Treatment[];

/** Weights of int4 that share a scale, as in notebooks 04 and 05. */
const blockSize = 128;

const quantizers: Readonly<
  Record<
    Exclude<Treatment, 'float32'>,
    (model: Uint8Array, ranges: Ranges, selection: LayerSelection) => Uint8Array
  >
> = {
  float16: (model, _, selection) => toFloat16(model, selection),
  'dynamic int8': (model, _, selection) => quantizeDynamic(model, selection),
  'static int8': (model, ranges, selection) =>
    quantizeStatic(model, ranges, { form: 'QOperator', ...selection }),
  'int4 weights': (model, _, selection) =>
    quantizeWeightOnly(model, { bits: 4, blockSize, ...selection }),
  'int8 weights': (model, ranges, selection) =>
    quantizeStatic(model, ranges, { only: 'weights', ...selection }),
  'uint8 activations': (model, ranges, selection) =>
    quantizeStatic(model, ranges, { only: 'activations', ...selection }),
};

/** What the fully connected layers of a model give, in order: their names here. */
export function layerOutputs(model: Uint8Array): string[] {
  return linearLayers(readCanonical(model).graph).map(({ output }) => output);
}

/** Whether a part of it is computed in float32 for want of a kernel. Run such a model `asWritten`. */
export function isSimulated(assignment: Assignment): boolean {
  return assignment.some((treatment) => halves.some((half) => half === treatment));
}

/**
 * Makes mixed models. Layers are quantized one after the other, and what the last assignment made of the
 * first layers is kept for the next one that begins alike: in the order of `everyAssignment` the last layer
 * is quantized for each, the others seldom. Static int8 comes at the end, for all of its layers at once, as
 * neighbours pass integers to each other.
 *
 * @param model content of an ONNX file, float32
 * @param ranges what `calibrate` found for it
 * @returns a function from an assignment to the content of the new model's file: `model` itself if all
 *   layers stay float32. It throws a RangeError if there are not as many treatments as layers.
 */
export function assigner(
  model: Uint8Array,
  ranges: Ranges,
): (assignment: Assignment) => Uint8Array {
  const outputs = layerOutputs(model);
  const quantized = (
    bytes: Uint8Array,
    treatment: Treatment,
    own: readonly string[],
  ): Uint8Array =>
    treatment === 'float32' || own.length === 0
      ? bytes
      : quantizers[treatment](bytes, ranges, { layers: ({ output }) => own.includes(output) });
  let begun: { readonly treatment: Treatment; readonly bytes: Uint8Array }[] = [];
  return (assignment) => {
    if (assignment.length !== outputs.length) {
      throw new RangeError(`${assignment.length} treatments for ${outputs.length} layers`);
    }
    const first = assignment.map((one) => (one === 'static int8' ? 'float32' : one));
    const alike = begun.findIndex(({ treatment }, i) => treatment !== first[i]);
    begun = alike < 0 ? begun : begun.slice(0, alike);
    for (const [i, treatment] of [...first.entries()].slice(begun.length)) {
      const before = begun.at(-1)?.bytes ?? model;
      begun.push({ treatment, bytes: quantized(before, treatment, [outputs[i]]) });
    }
    const last = outputs.filter((_, i) => assignment[i] === 'static int8');
    return quantized(begun.at(-1)?.bytes ?? model, 'static int8', last);
  };
}
