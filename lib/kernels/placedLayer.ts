import { areas, type Areas } from '#lib/kernels/areas';
import type { FeedForwardLayer } from '#lib/quantizers/feedForwardLayers';
import { packedBytes, packFloats, packMatrix, paddedWidth } from '#lib/kernels/packedMatrix';
import type { WasmInstance } from '#lib/wasm/instance';

/** What a layer keeps in the memory of the kernels: one number for each output, but for weights and mapping. */
type Part = 'weights' | 'biases' | 'sums' | 'starts' | 'scales' | 'factors' | 'mapping';

/** A layer in the memory of the kernels. */
export interface PlacedLayer extends Areas<Part> {
  readonly layer: FeedForwardLayer;
  /** Filled up to whole blocks. */
  readonly inputs: number;
  readonly outputs: number;
}

/** @param start address from which on the memory is free */
export function placeLayer(layer: FeedForwardLayer, start: number): PlacedLayer {
  const [inputs, outputs] = [paddedWidth(layer.inputs), paddedWidth(layer.outputs)];
  const each = 4 * outputs;
  const own = areas(
    {
      weights: layer.kind === 'float32' ? 4 * inputs * outputs : packedBytes(inputs, outputs),
      ...{ biases: each, sums: each, starts: each, scales: each, factors: each },
      mapping: 8,
    },
    start,
  );
  return { layer, inputs, outputs, ...own };
}

/**
 * Writes the numbers of a layer.
 *
 * @param next what reads its output
 */
export function writeLayer(
  memory: ArrayBuffer,
  { layer, at }: PlacedLayer,
  next: PlacedLayer | undefined,
): void {
  const floats = (address: number): Float32Array => new Float32Array(memory, address);
  const { inputs: rows, outputs: columns } = layer;
  if (layer.kind === 'float32') {
    floats(at.weights).set(packFloats(layer.weights, [rows, columns]));
    floats(at.biases).set(layer.bias ?? []);
    return;
  }
  const packed = packMatrix({ rows, columns, values: layer.weights, zeroPoint: 0 });
  new Int16Array(memory, at.weights).set(packed.weights);
  new Int32Array(memory, at.sums).set(packed.sums);
  const { scales } = layer;
  const all = scales.length === 1 ? new Float32Array(columns).fill(scales[0]) : scales;
  floats(at.scales).set(all);
  if (layer.kind === 'dynamic') {
    floats(at.biases).set(layer.bias ?? []);
    return;
  }
  const { bias, inputMapping } = layer;
  const starts = packed.sums.map((sum, i) => (bias?.[i] ?? 0) - inputMapping.zeroPoint * sum);
  new Int32Array(memory, at.starts).set(starts);
  floats(at.mapping)[0] = inputMapping.scale;
  new Int32Array(memory, at.mapping)[1] = inputMapping.zeroPoint;
  if (next?.layer.kind === 'static') {
    const { scale } = next.layer.inputMapping;
    floats(at.factors).set(all.map((own) => Math.fround(inputMapping.scale * own) / scale));
  }
}

/** Where all layers have their inputs and outputs. */
export interface SharedAreas {
  /** float32 inputs, then outputs. */
  readonly numbers: number;
  /** Of sparse rows: which input each number is, and where each row ends. */
  readonly columns: number;
  readonly ends: number;
  /** The same as integers. */
  readonly q: number;
  /** What `writePlaces` wrote. */
  readonly places: number;
  /** Inputs that aren't 0. */
  readonly lists: number;
}

/**
 * What computes a layer for a number of rows, dense ones unless it is told how many numbers they have that
 * aren't 0. It throws a RangeError if a dynamic layer's input is NaN or infinite, or if 0 of sparse rows is
 * another integer than 0.
 *
 * @param instance of the module `layers`
 * @param previous the layer before: a static layer gives the next one its integers if it can
 */
export function layerStep(
  { memory, exports: kernels }: WasmInstance,
  { numbers, columns, ends, q, places, lists }: SharedAreas,
  { layer, inputs, outputs, at }: PlacedLayer,
  previous: PlacedLayer | undefined,
  next: PlacedLayer | undefined,
): (rows: number, sparse?: number) => void {
  const { weights, biases, starts, sums, scales, mapping } = at;
  const least = layer.relu ? 0 : -Infinity;
  if (layer.kind === 'float32') {
    return (rows, sparse) => {
      if (sparse === undefined) kernels.listFloats(numbers, rows, inputs, lists);
      else kernels.listSparseFloats(numbers, columns, ends, rows, inputs, lists);
      kernels.multiplyFloats(lists, rows, inputs, weights, biases, outputs, least, numbers);
    };
  }
  const readsIntegers = previous && givesIntegers(previous.layer, layer);
  const integersFor = next && givesIntegers(layer, next.layer) ? next.at.mapping : undefined;
  const scale = new Float32Array(memory, mapping, 1);
  const zeroPoint = new Int32Array(memory, mapping + 4, 1);
  return (rows, sparse) => {
    const count = sparse ?? rows * inputs;
    if (layer.kind === 'dynamic') {
      kernels.findMapping(numbers, count, mapping);
      if (!Number.isFinite(scale[0])) {
        throw new RangeError('a value is NaN or infinite: only finite numbers can be quantized');
      }
      kernels.correct(sums, outputs, mapping, starts);
    }
    if (!readsIntegers) kernels.quantize(numbers, count, mapping, q);
    if (sparse === undefined) kernels.listIntegers(q, rows, inputs, places, lists);
    else if (zeroPoint[0] === 0) kernels.listSparseIntegers(q, columns, ends, rows, inputs, lists);
    else
      throw new RangeError('sparse rows with numbers below 0 can only be quantized as dense ones');
    kernels.multiply(lists, rows, inputs, weights, starts, outputs, numbers);
    if (integersFor === undefined) {
      kernels.dequantize(numbers, rows, outputs, mapping, scales, biases, least);
    } else kernels.requantize(numbers, rows, outputs, at.factors, integersFor, q);
  };
}

/** Whether integers go from layer to layer: then a ReLU between them is what cuts off below zero point 0. */
function givesIntegers(layer: FeedForwardLayer, next: FeedForwardLayer): boolean {
  if (layer.kind !== 'static' || next.kind !== 'static') return false;
  return !layer.relu || next.inputMapping.zeroPoint === 0;
}
