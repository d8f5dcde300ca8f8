import { Tensor as EngineTensor, type InferenceSession } from 'onnxruntime-node';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { openEngine } from '#lib/evaluation/engine';
import { productModel } from '#lib/hardware/productModel';
import { integerMatMul } from '#lib/mapping/integerMatMul';
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

  const dims = [width, width];
  const models = [
    productModel('float32', { dtype: 'float32', dims, data: Float32Array.from(weights) }),
    productModel('uint8', { dtype: 'int8', dims, data: weights }),
    productModel('uint8', { dtype: 'int8', dims, data: small }),
  ];
  const engines: InferenceSession[] = [];
  const probes: ProductProbe[] = [];
  try {
    for (const model of models) engines.push(await openEngine(model, { threads }));
    const [float32, int8, int8Small] = engines;
    for (const [index, batchSize] of batchSizes.entries()) {
      const rows = Uint8Array.from(draw(batchSize * width, 0, 255));
      const shape = [batchSize, width];
      const exact = (values: Int8Array): Int32Array =>
        integerMatMul(
          { rows: batchSize, columns: width, values: rows, zeroPoint: 0 },
          { rows: width, columns: width, values, zeroPoint: 0 },
        );
      const bytes = new EngineTensor('uint8', rows, shape);
      const times = await timeInterleaved(
        [
          subject(float32, new EngineTensor('float32', Float32Array.from(rows), shape)),
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
        wrongWithin64: differing(await product(int8Small, bytes), exact(small)),
        wrongFullRange: differing(await product(int8, bytes), exact(weights)),
      });
    }
  } finally {
    await Promise.all(engines.map((engine) => engine.release()));
  }
  return probes;
}

function subject(session: InferenceSession, x: EngineTensor): Subject {
  return async () => {
    await product(session, x);
  };
}

async function product(session: InferenceSession, x: EngineTensor): Promise<EngineTensor.DataType> {
  return (await session.run({ x })).y.data;
}

function differing(result: EngineTensor.DataType, exact: Int32Array): number {
  return exact.reduce((count, value, i) => count + (result[i] === value ? 0 : 1), 0);
}
