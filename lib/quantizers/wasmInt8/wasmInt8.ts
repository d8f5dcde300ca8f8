import type { Session } from '#lib/evaluation/session';
import { areas } from '#lib/quantizers/wasmInt8/areas';
import { dynamicLayers } from '#lib/quantizers/wasmInt8/dynamicLayers';
import { packMatrix, paddedWidth } from '#lib/quantizers/wasmInt8/packedMatrix';
import { wasmInstance } from '#lib/wasm/instance';

/** A classifier of int8 weights at work in WebAssembly. */
export interface WasmInt8 {
  /** Values in an input row. */
  readonly width: number;
  /** Values in an output row. */
  readonly classes: number;
  /**
   * Runs one batch, at once.
   *
   * @param batch float32, shape [rows, width], row-major
   * @returns logits, shape [rows, classes], row-major
   * @throws RangeError if `batch` isn't one or more whole rows, has more of them than there is room for,
   *   or a value is NaN or infinite
   */
  readonly logits: (batch: Float32Array) => Float32Array;
}

/** Numbers of a layer in the kernel's memory. */
interface PlacedLayer {
  readonly inputs: number;
  readonly outputs: number;
  readonly at: Readonly<Record<'weights' | 'sums' | 'scales' | 'biases', number>>;
  /** Less than this becomes this: 0 behind a ReLU. */
  readonly least: number;
}

/**
 * Loads a model of `quantizeDynamic` into our own kernel (`lib/wasm/assembly/int8.ts`), which runs on
 * any CPU that runs Node or a browser, without a native library, and is called without waiting.
 *
 * The integers are exact, as those of {@link integerMatMul}; the few float32 operations around them are
 * those of ONNX Runtime, in its order. So the logits are the engine's to the bit, unless the engine
 * saturates. How long a batch takes depends on its zeros: they are left out.
 *
 * @param model content of the quantized model's file
 * @param options.rows most rows in a batch
 * @throws Error if the model is not a feed-forward network that `quantizeDynamic` made, with int8 weights
 */
export async function openWasmInt8(model: Uint8Array, { rows = 64 } = {}): Promise<WasmInt8> {
  const layers = dynamicLayers(model);
  const widths = [layers[0].inputs, ...layers.map(({ outputs }) => outputs)];
  const [width, classes] = [widths[0], widths[widths.length - 1]];
  const widest = paddedWidth(Math.max(...widths));
  const shared = areas({
    mapping: 8,
    numbers: 4 * rows * widest,
    q: 2 * rows * widest,
    pairs: 4 * rows * (1 + widest),
  });
  let { end } = shared;
  const placed = layers.map((layer): PlacedLayer => {
    const [inputs, outputs] = [paddedWidth(layer.inputs), paddedWidth(layer.outputs)];
    const own = areas(
      { weights: inputs * outputs, sums: 4 * outputs, scales: 4 * outputs, biases: 4 * outputs },
      end,
    );
    ({ end } = own);
    return { inputs, outputs, at: own.at, least: layer.relu ? 0 : -Infinity };
  });

  const { memory, exports } = await wasmInstance('int8', end);
  layers.forEach(({ inputs, outputs, weights, scales, bias }, i) => {
    const { at } = placed[i];
    const matrix = { rows: inputs, columns: outputs, values: weights, zeroPoint: 0 };
    const packed = packMatrix(matrix);
    new Int8Array(memory, at.weights).set(packed.weights);
    new Int32Array(memory, at.sums).set(packed.sums);
    new Float32Array(memory, at.scales).set(
      scales.length === 1 ? new Float32Array(outputs).fill(scales[0]) : scales,
    );
    if (bias) new Float32Array(memory, at.biases).set(bias);
  });

  const { mapping, numbers, q, pairs } = shared.at;
  const scale = new Float32Array(memory, mapping, 1);
  const values = new Float32Array(memory, numbers, rows * widest);
  const logits = (batch: Float32Array): Float32Array => {
    const count = batch.length / width;
    if (!Number.isInteger(count) || count < 1 || count > rows) {
      throw new RangeError(
        `a batch of ${batch.length} values isn't made of 1 to ${rows} rows of ${width}`,
      );
    }
    writeRows(batch, width, values, placed[0].inputs);
    for (const { inputs, outputs, at, least } of placed) {
      exports.quantize(numbers, count * inputs, q, mapping);
      if (!Number.isFinite(scale[0])) {
        throw new RangeError('a value is NaN or infinite: only finite numbers can be quantized');
      }
      exports.multiply(q, count, inputs, at.weights, at.sums, outputs, mapping, pairs, numbers);
      exports.dequantize(numbers, count, outputs, mapping, at.scales, at.biases, least);
    }
    return readRows(values, paddedWidth(classes), count, classes);
  };
  return { width, classes, logits };
}

/** The same as a session, to be evaluated and timed like the engine's. */
export async function openWasmSession(model: Uint8Array): Promise<Session> {
  const { width, classes, logits } = await openWasmInt8(model);
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

/** Copies rows without what they are filled up with. */
function readRows(from: Float32Array, stride: number, rows: number, width: number): Float32Array {
  const into = new Float32Array(rows * width);
  for (let row = 0; row < rows; row++) {
    into.set(from.subarray(row * stride, row * stride + width), row * width);
  }
  return into;
}
