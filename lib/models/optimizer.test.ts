import { expect, test } from 'vitest';
import { tfjsBackend } from '#lib/models/backend';
import { tensorflowOptimizer } from '#lib/models/tensorflowOptimizer';
import { wasmOptimizer } from '#lib/models/wasmOptimizer';
import { seededRandom, uniform } from '#lib/random';

const options = { learningRate: 0.01 };

/** The algorithm as printed (Kingma and Ba, 2015), in float64. */
function printedAdam(start: readonly number[]) {
  let step = 0;
  const state = start.map((parameter) => ({ parameter, m: 0, v: 0 }));
  return {
    parameters: () => state.map(({ parameter }) => parameter),
    step: (gradients: readonly number[]): void => {
      step += 1;
      state.forEach((each, i) => {
        each.m = 0.9 * each.m + 0.1 * gradients[i];
        each.v = 0.999 * each.v + 0.001 * gradients[i] ** 2;
        const root = Math.sqrt(each.v / (1 - 0.999 ** step));
        each.parameter -= (0.01 * (each.m / (1 - 0.9 ** step))) / (root + 1e-8);
      });
    },
  };
}

const { tf, name } = await tfjsBackend();
const optimizers = [
  ['WebAssembly', wasmOptimizer],
  ...(name === 'tensorflow' ? [['TensorFlow', tensorflowOptimizer] as const] : []),
] as const;

test.each(optimizers)('Adam in %s follows the printed algorithm', async (_, optimizer) => {
  const random = seededRandom(7);
  const draw = (length: number): number[] =>
    Array.from({ length }, () => uniform(random, -1, 1) * 10 ** uniform(random, -8, 1));
  const [weights, bias] = [draw(15), draw(3)];
  const expected = printedAdam([...weights, ...bias]);
  const start = [tf.tensor2d(weights, [5, 3]), tf.tensor2d(bias, [1, 3])];
  const ours = await optimizer(tf, start, options);
  tf.dispose(start);

  for (let step = 0; step < 20; step++) {
    // Now all rows of the weights have a gradient, now two of them.
    const rows = step % 3 === 0 ? undefined : Uint32Array.of(1, 1 + (step % 4));
    const used = rows ? [...new Set(rows)] : [0, 1, 2, 3, 4];
    const [some, others] = [draw(3 * used.length), draw(3)];
    const whole = new Array<number>(15).fill(0);
    used.forEach((row, i) => {
      whole.splice(3 * row, 3, ...some.slice(3 * i, 3 * i + 3));
    });
    expected.step([...whole, ...others]);
    const gradients = [tf.tensor2d(some, [used.length, 3]), tf.tensor2d(others, [1, 3])];
    ours.step(gradients, rows && Uint32Array.from(used));
    expect(gradients[0].isDisposed).toBe(false);
    tf.dispose(gradients);
  }

  const found = ours.values().flatMap((array) => [...array]);
  expected.parameters().forEach((value, i) => {
    expect(found[i]).toBeCloseTo(value, 5);
  });
  expect(found.map((value, i) => Math.abs(value - [...weights, ...bias][i]))).not.toContain(0);
  ours.dispose();
});

test.each(optimizers)('%s gives some rows of the first parameter', async (_, optimizer) => {
  const start = [tf.tensor2d([1, 2, 3, 4, 5, 6], [3, 2]), tf.tensor2d([7, 8], [1, 2])];
  const ours = await optimizer(tf, start, options);
  const read = (rows?: Uint32Array) => ours.parameters(rows).map((tensor) => tensor.arraySync());
  expect(read(Uint32Array.of(0, 2))).toEqual([
    [
      [1, 2],
      [5, 6],
    ],
    [[7, 8]],
  ]);
  expect(read()).toEqual(start.map((tensor) => tensor.arraySync()));
  ours.dispose();
});

test.each(optimizers)(
  '%s takes another rate for a step, and other values',
  async (_, optimizer) => {
    const start = [tf.tensor2d([1, -2], [1, 2]), tf.tensor2d([3], [1, 1])];
    const ours = await optimizer(tf, start, options);
    ours.step([tf.tensor2d([5, -5], [1, 2]), tf.tensor2d([0.1], [1, 1])], undefined, 0.25);
    // The first step of Adam is as large as the rate.
    const stepped = [0.75, -1.75, 2.75];
    ours.values().forEach((values, i) => {
      values.forEach((value, k) => {
        expect(value).toBeCloseTo(stepped[2 * i + k], 5);
      });
    });
    ours.replace((values) => values.map(Math.round));
    expect(ours.values()).toEqual([Float32Array.of(1, -2), Float32Array.of(3)]);
    ours.dispose();
  },
);

test.each(optimizers)(
  '%s leaves what it started from alone, and no tensors behind',
  async (_, make) => {
    const values = Float32Array.of(1, 2, 3, 4);
    const before = tf.memory().numTensors;
    const start = tf.tensor2d(values, [2, 2]);
    const ours = await make(tf, [start], options);
    tf.tidy(() => {
      ours.step([tf.ones([2, 2])]);
    });
    expect(values).toEqual(Float32Array.of(1, 2, 3, 4));
    expect(ours.values()[0]).not.toEqual(values);
    start.dispose();
    ours.dispose();
    expect(tf.memory().numTensors).toBe(before);
  },
);
