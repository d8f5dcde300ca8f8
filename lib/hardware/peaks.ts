import { Tensor as EngineTensor, type InferenceSession } from 'onnxruntime-node';
import { openEngine } from '#lib/evaluation/engine';
import { productModel } from '#lib/hardware/productModel';
import { timeInterleaved, type TimingOptions } from '#lib/timers/interleave';

/** Operations (multiplications and additions) per second of the engine's matrix products. */
export interface Peaks {
  readonly float32: number;
  /** uint8 · int8 -> int32. */
  readonly int8: number;
}

/** [rows, width] · [width, width]: large enough that arithmetic is all that counts. */
const [rows, width] = [256, 1024];

/** Times large matrix products, without anything around them; the fastest call counts. */
export async function measurePeaks(threads: number, timing: TimingOptions): Promise<Peaks> {
  const count = width * width;
  const weights = Int8Array.from({ length: count }, (_, i) => ((i * 37) % 129) - 64);
  const values = Uint8Array.from({ length: rows * width }, (_, i) => (i * 73) % 256);
  const dims = [width, width];
  const shape = [rows, width];
  const products = [
    {
      model: productModel('float32', { dtype: 'float32', dims, data: Float32Array.from(weights) }),
      x: new EngineTensor('float32', Float32Array.from(values), shape),
    },
    {
      model: productModel('uint8', { dtype: 'int8', dims, data: weights }),
      x: new EngineTensor('uint8', values, shape),
    },
  ];
  const engines: InferenceSession[] = [];
  try {
    for (const { model } of products) engines.push(await openEngine(model, { threads }));
    const times = await timeInterleaved(
      engines.map((engine, i) => async () => {
        await engine.run({ x: products[i].x });
      }),
      timing,
    );
    const [float32, int8] = times.map(
      (runs) => (2 * rows * count) / (Math.min(...runs.flat()) * 1e-6),
    );
    return { float32, int8 };
  } finally {
    await Promise.all(engines.map((engine) => engine.release()));
  }
}
