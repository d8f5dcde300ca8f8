import { onnx } from 'onnx-proto';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { seededRandom } from '#lib/random';
import { forPart, timeInterleaved, type Subject, type TimingOptions } from '#lib/timers/interleave';
import { summarise, type LatencySummary } from '#lib/timers/summary';

/** The same matrix product, [batchSize, 1024] · [1024, 1024], in float32 and in int8. */
export interface ProductProbe {
  readonly batchSize: number;
  readonly float32: LatencySummary;
  /** uint8 · int8 -> int32, the product alone: nothing is quantized or dequantized here. */
  readonly int8: LatencySummary;
  /** Median of float32 over median of int8. */
  readonly speedUp: number;
  /** Entries of the int8 result. */
  readonly results: number;
  /** How many of them differ from exact arithmetic, with weights within -64..64: must be 0. */
  readonly wrongWithin64: number;
  /** The same with weights within -127..127: more than 0 means that the engine saturates. */
  readonly wrongFullRange: number;
}

const width = 1024;
const batchSizes = [1, 64];

/**
 * Multiplies matrices on the engine, as fast as it goes in float32 and in int8, and checks every
 * int8 result against exact arithmetic: what the CPU can do is seen, not assumed.
 */
export async function probeInt8(threads: number, timing: TimingOptions): Promise<ProductProbe[]> {
  const random = seededRandom(1);
  const draw = (count: number, low: number, high: number): number[] =>
    Array.from({ length: count }, () => uniformInt(random, low, high));
  const weights = Int8Array.from(draw(width * width, -127, 127));
  const small = Int8Array.from(draw(width * width, -64, 64));

  const open = (model: Uint8Array): Promise<InferenceSession> =>
    InferenceSession.create(model, { intraOpNumThreads: threads });
  const float32 = await open(productModel(Float32Array.from(weights)));
  const int8 = await open(productModel(weights));
  const int8Small = await open(productModel(small));
  const probes: ProductProbe[] = [];
  try {
    for (const [index, batchSize] of batchSizes.entries()) {
      const rows = Uint8Array.from(draw(batchSize * width, 0, 255));
      const shape = [batchSize, width];
      const bytes = new Tensor('uint8', rows, shape);
      const times = await timeInterleaved(
        [
          subject(float32, new Tensor('float32', Float32Array.from(rows), shape)),
          subject(int8, bytes),
        ],
        forPart(timing, index, batchSizes.length),
      );
      const [float32Latency, int8Latency] = times.map((runs) => summarise(batchSize, runs));
      probes.push({
        batchSize,
        float32: float32Latency,
        int8: int8Latency,
        speedUp: float32Latency.medianMicroseconds / int8Latency.medianMicroseconds,
        results: batchSize * width,
        wrongWithin64: differing(await product(int8Small, bytes), exactProduct(rows, small, width)),
        wrongFullRange: differing(await product(int8, bytes), exactProduct(rows, weights, width)),
      });
    }
  } finally {
    await Promise.all([float32, int8, int8Small].map((session) => session.release()));
  }
  return probes;
}

/** A graph of one product: `y = x · weights`, weights [1024, 1024]. */
function productModel(weights: Float32Array | Int8Array): Uint8Array {
  const { FLOAT, UINT8, INT8, INT32 } = onnx.TensorProto.DataType;
  const isFloat = weights instanceof Float32Array;
  const value = (name: string, elemType: number): onnx.IValueInfoProto => ({
    name,
    type: {
      tensorType: { elemType, shape: { dim: [{ dimParam: 'batch' }, { dimValue: width }] } },
    },
  });
  return onnx.ModelProto.encode({
    irVersion: 8,
    opsetImport: [{ version: 13 }],
    graph: {
      name: 'product',
      node: [
        { opType: isFloat ? 'MatMul' : 'MatMulInteger', input: ['x', 'weights'], output: ['y'] },
      ],
      input: [value('x', isFloat ? FLOAT : UINT8)],
      output: [value('y', isFloat ? FLOAT : INT32)],
      initializer: [
        {
          name: 'weights',
          dataType: isFloat ? FLOAT : INT8,
          dims: [width, width],
          rawData: new Uint8Array(weights.buffer),
        },
      ],
    },
  }).finish();
}

function subject(session: InferenceSession, x: Tensor): Subject {
  return async () => {
    await product(session, x);
  };
}

async function product(session: InferenceSession, x: Tensor): Promise<Tensor.DataType> {
  return (await session.run({ x })).y.data;
}

/**
 * Exact product in int32.
 *
 * @param rows [n, width], row-major
 * @param weights [width, width], row-major
 * @returns [n, width], row-major
 */
export function exactProduct(rows: Uint8Array, weights: Int8Array, width: number): Int32Array {
  const result = new Int32Array(rows.length);
  for (let start = 0; start < rows.length; start += width) {
    for (let k = 0; k < width; k++) {
      const factor = rows[start + k];
      for (let n = 0; n < width; n++) result[start + n] += factor * weights[k * width + n];
    }
  }
  return result;
}

function differing(result: Tensor.DataType, exact: Int32Array): number {
  return exact.reduce((count, value, i) => count + (result[i] === value ? 0 : 1), 0);
}
