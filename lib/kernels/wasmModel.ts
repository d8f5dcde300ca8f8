import type { Session } from '#lib/evaluation/session';
import { rowCount, type SparseFeatures } from '#lib/loaders/dataset';
import { areas } from '#lib/kernels/areas';
import { feedForwardLayers } from '#lib/quantizers/feedForwardLayers';
import { paddedWidth } from '#lib/kernels/packedMatrix';
import { layerStep, placeLayer, writeLayer } from '#lib/kernels/placedLayer';
import { wasmInstance } from '#lib/wasm/instance';

/** Most rows in a batch. */
const mostRows = 64;

/** A classifier at work in WebAssembly. */
export interface WasmModel {
  /** Values in an input row. */
  readonly width: number;
  /** Values in an output row. */
  readonly classes: number;
  /**
   * Runs one batch, at once.
   *
   * @param batch float32, shape [rows, width], row-major; or sparse rows, of which only what isn't 0 is
   *   looked at: the logits are the same to the bit
   * @returns logits, shape [rows, classes], row-major
   * @throws RangeError if `batch` isn't 1 to 64 whole rows of that width, a dynamic int8 layer meets a value
   *   that is NaN or infinite, or an int8 layer sparse rows with values below 0
   */
  readonly logits: (batch: Float32Array | SparseFeatures) => Float32Array;
}

/**
 * Loads a feed-forward model into our own kernels (`lib/wasm/assembly/`), which run on any CPU that runs
 * Node or a browser, without a native library, and are called without waiting. Each layer may be float32,
 * float16 as `toFloat16` wrote it, or int8 as `quantizeDynamic` or `quantizeStatic` did.
 *
 * Integers are exact, as those of {@link integerMatMul}; the few float32 operations around them are
 * those of ONNX Runtime, in its order. So the logits of int8 are the engine's to the bit, unless the
 * engine saturates. Those of float32 are added in the order of the inputs, which is not the engine's. How
 * long a batch takes depends on its zeros: they are left out.
 *
 * @param model content of the model's file
 * @throws Error if the model is no feed-forward network of such layers, or its int8 weights have a zero
 *   point
 */
export async function openWasmModel(model: Uint8Array): Promise<WasmModel> {
  const layers = feedForwardLayers(model);
  const widths = [layers[0].inputs, ...layers.map(({ outputs }) => outputs)];
  const [width, classes] = [widths[0], widths[widths.length - 1]];
  const widest = paddedWidth(Math.max(...widths));
  const shared = areas({
    numbers: 4 * mostRows * widest,
    columns: 4 * mostRows * width,
    ends: 4 * mostRows,
    q: 2 * mostRows * widest,
    places: 2048,
    lists: 8 * mostRows * (1 + widest),
  });
  let { end } = shared;
  const placed = layers.map((layer) => {
    const one = placeLayer(layer, end);
    ({ end } = one);
    return one;
  });
  const instance = await wasmInstance('layers', end);
  instance.exports.writePlaces(shared.at.places);
  const steps = placed.map((one, i) => {
    writeLayer(instance.memory, one, placed.at(i + 1));
    return layerStep(instance, shared.at, one, i > 0 ? placed[i - 1] : undefined, placed.at(i + 1));
  });

  const values = new Float32Array(instance.memory, shared.at.numbers, mostRows * widest);
  const columns = new Uint32Array(instance.memory, shared.at.columns, mostRows * width);
  const ends = new Uint32Array(instance.memory, shared.at.ends, mostRows);
  const logits = (batch: Float32Array | SparseFeatures): Float32Array => {
    const dense = batch instanceof Float32Array;
    const count = dense ? batch.length / width : rowCount(batch);
    const fits = Number.isInteger(count) && count >= 1 && count <= mostRows;
    if (!fits || (!dense && batch.width !== width)) {
      const given = dense ? `${batch.length} values` : `${count} sparse rows of ${batch.width}`;
      throw new RangeError(`a batch of ${given} isn't made of 1 to ${mostRows} rows of ${width}`);
    }
    const [first, ...others] = steps;
    if (dense) {
      writeRows(batch, width, values, placed[0].inputs);
      first(count);
    } else {
      writeSparse(batch, { values, columns, ends });
      first(count, batch.values.length);
    }
    for (const step of others) step(count);
    return readRows(values, paddedWidth(classes), count, classes);
  };
  return { width, classes, logits };
}

/** The same as a session, to be evaluated and timed like the engine's. */
export async function openWasmSession(model: Uint8Array): Promise<Session> {
  const { width, classes, logits } = await openWasmModel(model);
  return {
    width,
    classes,
    run: (batch) =>
      new Promise((resolve) => {
        resolve(logits(batch));
      }), // an error is a rejection too
    release: () => Promise.resolve(),
  };
}

/** Copies rows to where they are filled up with zeros. */
function writeRows(from: Float32Array, width: number, into: Float32Array, stride: number): void {
  const rows = from.length / width;
  into.fill(0, 0, rows * stride);
  for (let row = 0; row < rows; row++) {
    into.set(from.subarray(row * width, (row + 1) * width), row * stride);
  }
}

/** Copies sparse rows, if the kernels find their way in them. */
function writeSparse(
  { width, offsets, columns, values }: SparseFeatures,
  into: { values: Float32Array; columns: Uint32Array; ends: Uint32Array },
): void {
  const ends = offsets.subarray(1);
  const isWhole =
    offsets[0] === 0 &&
    ends.every((end, row) => end >= offsets[row] && end - offsets[row] <= width) &&
    ends.at(-1) === values.length &&
    columns.length === values.length &&
    columns.every((column) => column < width);
  if (!isWhole) {
    throw new RangeError(
      `offsets or columns of the sparse rows are not those of ${values.length} values in rows of ${width}`,
    );
  }
  into.values.set(values);
  into.values.fill(0, values.length, values.length + 8); // the kernels read whole vectors
  into.columns.set(columns);
  into.ends.set(ends);
}

/** Copies rows without what they are filled up with. */
function readRows(from: Float32Array, stride: number, rows: number, width: number): Float32Array {
  const into = new Float32Array(rows * width);
  for (let row = 0; row < rows; row++) {
    into.set(from.subarray(row * stride, row * stride + width), row * width);
  }
  return into;
}
