import { expect, test } from 'vitest';
import { openSession } from '#lib/evaluation/session';
import { runOperator } from '#lib/evaluation/runOperator';
import { exportOnnx } from '#lib/models/exportOnnx';
import { findInitializer } from '#lib/onnx/graph';
import { decodeModel, encodeModel } from '#lib/onnx/model';
import { elementTypeCode, readTensor } from '#lib/onnx/tensor';
import { toFloat16 } from '#lib/quantizers/float16';
import { seededRandom, uniform } from '#lib/random';

function modelWith(weights: Float32Array, inputs = weights.length): Uint8Array {
  const outputs = weights.length / inputs;
  const layer = { inputs, outputs, weights, bias: new Float32Array(outputs) };
  return encodeModel(exportOnnx([layer], 'net'));
}

function halves(model: Uint8Array): Uint16Array {
  const { graph } = decodeModel(toFloat16(model));
  const tensor = readTensor(findInitializer(graph, 'layer1.weight_half') ?? {});
  if (tensor.dtype !== 'float16') throw new Error(`not float16 but ${tensor.dtype}`);
  return tensor.data;
}

// Bits as NumPy 2.4 gives them: `numpy.float32(x).astype(numpy.float16).view(numpy.uint16)`.
test.each([
  ['1', 1, 0x3c00],
  ['-2', -2, 0xc000],
  ['the greatest', 65504, 0x7bff],
  ['just below the overflow', 65519.99609375, 0x7bff],
  ['the smallest normal', 2 ** -14, 0x0400],
  ['the greatest subnormal', 2 ** -14 - 2 ** -24, 0x03ff],
  ['the smallest subnormal', 2 ** -24, 0x0001],
  ['a tie between 0 and the smallest', 2 ** -25, 0x0000],
  ['just above that tie', 2 ** -25 + 2 ** -40, 0x0001],
  ['a tie between subnormals', 1.5 * 2 ** -24, 0x0002],
  ['a tie that goes down to even', 1 + 2 ** -11, 0x3c00],
  ['a tie that goes up to even', 1 + 3 * 2 ** -11, 0x3c02],
  ['just above a tie', 1 + 2 ** -11 + 2 ** -23, 0x3c01],
])('%s', (_, number, bits) => {
  expect(halves(modelWith(Float32Array.of(number)))[0]).toBe(bits);
});

test('rounds as the engine does', async () => {
  const random = seededRandom(2);
  const data = Float32Array.from(
    { length: 2000 },
    () => uniform(random, -1, 1) * 2 ** uniform(random, -28, 15.9),
  );
  const to = elementTypeCode('float16');
  const [engine] = await runOperator({ opType: 'Cast', integers: { to }, outputs: ['float16'] }, [
    { dtype: 'float32', dims: [2000], data },
  ]);
  expect([...halves(modelWith(data))]).toEqual([...new Uint16Array(engine.data.buffer)]);
});

test.each([65520, -1e30])('refuses %d, which float16 can not hold', (number) => {
  expect(() => toFloat16(modelWith(Float32Array.of(0, number)))).toThrow(
    `Number 1 of layer1.weight is ${Math.fround(number)}, but float16 ends at 65504`,
  );
});

test('halves the file, and predicts what the rounded weights predict', async () => {
  const random = seededRandom(3);
  const inputs = 300;
  const weights = Float32Array.from({ length: inputs * 20 }, () => uniform(random, -1, 1));
  const model = modelWith(weights, inputs);
  const small = toFloat16(model);
  expect(model.length / small.length).toBeGreaterThan(1.9); // names and nodes are the rest

  const x = Float32Array.from({ length: inputs }, (_, i) => (i === 7 ? 1 : 0));
  const session = await openSession(small, { threads: 1 });
  const logits = await session.run(x);
  await session.release();
  logits.forEach((logit, i) => {
    const weight = weights[7 * 20 + i];
    expect(Math.abs(logit - weight)).toBeLessThanOrEqual(2 ** -11 * Math.abs(weight));
    expect(logit).not.toBe(weight);
  });
});

test("makes half of a model of the lab's size, but for names and nodes", () => {
  const layers = [400, 1024, 1024].map((inputs, i) => {
    const outputs = [1024, 1024, 10][i];
    const weights = new Float32Array(inputs * outputs).fill(0.5);
    return { inputs, outputs, weights, bias: new Float32Array(outputs) };
  });
  const model = encodeModel(exportOnnx(layers, 'net'));
  expect(model.length / toFloat16(model).length).toBeGreaterThan(1.99);
});
