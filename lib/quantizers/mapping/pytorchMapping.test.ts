import { describe, expect, test } from 'vitest';
import { fbgemmMapping } from '#lib/quantizers/mapping/fbgemmMapping';
import { integerRange } from '#lib/quantizers/mapping/integerRange';
import { pytorchMapping } from '#lib/quantizers/mapping/pytorchMapping';
import goldens from './goldens/pytorch.json';

/** What the operator of PyTorch gave for a range, as make_pytorch_goldens.py records it. */
const cases = goldens.mappings.flatMap(({ range: [min, max], cases }) =>
  cases.map(({ integers: [low, high], symmetric, ...recorded }) => ({
    range: { min: Math.fround(min), max: Math.fround(max) },
    integers: { min: low, max: high },
    scheme: symmetric ? ('symmetric' as const) : ('affine' as const),
    ...recorded,
  })),
);

test("maps every range as PyTorch's observers do", () => {
  for (const { range, integers, scheme, observer } of cases) {
    const { scale, zeroPoint } = pytorchMapping(range, integers, scheme);
    expect([scale, zeroPoint], `${JSON.stringify({ range, integers })} ${scheme}`).toEqual([
      Math.fround(observer[0]),
      observer[1],
    ]);
  }
});

test('maps every range as fbgemm does', () => {
  for (const { range, integers, scheme, fbgemm } of cases) {
    const { scale, zeroPoint } = fbgemmMapping(range, integers, scheme);
    expect([scale, zeroPoint], `${JSON.stringify({ range, integers })} ${scheme}`).toEqual([
      Math.fround(fbgemm[0]),
      fbgemm[1],
    ]);
  }
});

describe.each([pytorchMapping, fbgemmMapping])('%o', (mapping) => {
  test.each([
    { min: NaN, max: 1 },
    { min: 0, max: Infinity },
    { min: 1, max: 0 },
  ])('covers no range from $min to $max', (range) => {
    const int8 = integerRange({ bits: 8, signed: true });
    expect(() => mapping(range, int8, 'affine')).toThrow('no mapping covers');
  });
});

test("PyTorch's observers find no scale for a width beyond float32", () => {
  const int8 = integerRange({ bits: 8, signed: true });
  expect(() => pytorchMapping({ min: -3e38, max: 3e38 }, int8, 'affine')).toThrow('too wide');
});
