/**
 * How PyTorch's operators quantize, as make_pytorch_goldens.py records them, beside `quantize`, which
 * divides as ONNX has it. PyTorch multiplies by the reciprocal of the scale, which is rounded itself: a
 * product can lie on the other side of a tie than the quotient. Elsewhere both are the same.
 */
import { expect, test } from 'vitest';
import { joinChannels, splitChannels } from '#lib/mapping/channels';
import { fbgemmMapping } from '#lib/mapping/fbgemmMapping';
import { integerRange } from '#lib/mapping/integerRange';
import { dequantize, quantize, type LinearMapping } from '#lib/mapping/linearMapping';
import { pytorchMapping } from '#lib/mapping/pytorchMapping';
import { roundHalfToEven } from '#lib/mapping/roundHalfToEven';
import { minMax } from '#lib/mapping/valueRange';
import goldens from './goldens/pytorch.json';

/** `torch.quantize_per_tensor`: the zero point is added after rounding, as ONNX does. */
function byReciprocal(x: Float32Array, { scale, zeroPoint, integers }: LinearMapping): number[] {
  const reciprocal = Math.fround(1 / scale);
  return Array.from(x, (value) => {
    const q = roundHalfToEven(Math.fround(value * reciprocal)) + zeroPoint;
    return Math.min(Math.max(q, integers.min), integers.max);
  });
}

/** A dynamic layer of fbgemm's on AVX2: added before rounding, in one operation, and cut off at 255. */
function byMultiplyAdd(x: Float32Array, { scale, zeroPoint }: LinearMapping): number[] {
  const reciprocal = Math.fround(1 / scale);
  return Array.from(x, (value) => {
    const q = roundHalfToEven(Math.fround(value * reciprocal + zeroPoint));
    return Math.min(Math.max(q, 0), 255);
  });
}

/** How often ours are other integers: always the neighbour, and always at a tie, but for rounding. */
function tiesApart(x: Float32Array, mapping: LinearMapping, quantized: readonly number[]): number {
  const ours = quantize(x, mapping);
  const apart = quantized.flatMap((q, i) => (q === ours[i] ? [] : [i]));
  for (const i of apart) {
    expect(Math.abs(quantized[i] - ours[i])).toBe(1);
    expect(Math.abs(x[i] / mapping.scale) % 1).toBeCloseTo(0.5, 4);
  }
  return apart.length;
}

test('torch.quantize_per_tensor and its fake form give our integers, except in 6 ties of 784', () => {
  let [apart, values] = [0, 0];
  for (const { scale, zeroPoint, integers, data, ...given } of goldens.perTensor) {
    const [min, max] = integers;
    const mapping = { scale: Math.fround(scale), zeroPoint, integers: { min, max } };
    const x = Float32Array.from(data);
    expect(byReciprocal(x, mapping)).toEqual(given.quantized);
    apart += tiesApart(x, mapping, given.quantized);
    values += x.length;
    const back = dequantize(given.quantized, mapping);
    expect(back).toEqual(Float32Array.from(given.dequantized));
    expect(back).toEqual(Float32Array.from(given.fake));
  }
  expect([apart, values]).toEqual([6, 784]);
});

test('observers and operators per channel give our mappings and integers, except in 1 tie of 240', () => {
  let [apart, values] = [0, 0];
  for (const { axis, integers, symmetric, dims, data, ...given } of goldens.perChannel) {
    const [min, max] = integers;
    const channels = splitChannels(Float32Array.from(data), dims, axis);
    const mappings = channels.map((channel) =>
      pytorchMapping(minMax(channel), { min, max }, symmetric ? 'symmetric' : 'affine'),
    );
    expect(mappings.map(({ scale }) => scale)).toEqual(given.scales.map(Math.fround));
    expect(mappings.map(({ zeroPoint }) => zeroPoint)).toEqual(given.zeroPoints);

    const join = (parts: readonly ArrayLike<number>[]): number[] => [
      ...joinChannels(parts, dims, axis, new Float32Array(data.length)),
    ];
    // The integers of a tensor are those of its whole type, also where the scale is made for fewer.
    const whole = integerRange({ bits: 8, signed: min < 0 });
    const stored = channels.map((x, i) => byReciprocal(x, { ...mappings[i], integers: whole }));
    expect(join(stored)).toEqual(given.quantized);
    const quantized = channels.map((x, i) => byReciprocal(x, mappings[i]));
    const back = quantized.map((q, i) => dequantize(q, mappings[i]));
    expect(join(back)).toEqual(given.fake.map(Math.fround));
    channels.forEach((x, i) => (apart += tiesApart(x, mappings[i], quantized[i])));
    values += data.length;
  }
  expect([apart, values]).toEqual([1, 240]);
});

test("a dynamic layer's activations have fbgemm's mapping, and reach 128 at a tie", () => {
  const uint7 = integerRange({ bits: 7, signed: false });
  let apart = 0;
  for (const { range, data, outputs } of goldens.dynamicLinear) {
    const [min, max] = range.map(Math.fround);
    const mapping = fbgemmMapping({ min, max }, uint7, 'affine');
    const x = Float32Array.from(data);
    const quantized = byMultiplyAdd(x, mapping);
    expect(dequantize(quantized, mapping)).toEqual(Float32Array.from(outputs));
    apart += tiesApart(x, mapping, quantized);
    if (max === 3) expect(quantized.at(-1)).toBe(128); // 0..127 is what the scale is chosen for
  }
  expect(apart).toBe(2); // both ends of -3..3
});
