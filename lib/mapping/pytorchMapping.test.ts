import { describe, expect, test } from 'vitest';
import { fbgemmMapping } from '#lib/mapping/fbgemmMapping';
import { integerRange } from '#lib/mapping/integerRange';
import { pytorchMapping } from '#lib/mapping/pytorchMapping';
import goldens from './goldens/pytorch.json';

/** What PyTorch gave for a range, as make_pytorch_goldens.py records it. */
const mappings = goldens.mappings.map(({ range: [min, max], ...recorded }) => ({
  range: { min: Math.fround(min), max: Math.fround(max) },
  ...recorded,
}));
const cases = mappings.flatMap(({ range, cases }) =>
  cases.map(({ integers: [low, high], symmetric, ...recorded }) => ({
    range,
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

test.each([
  ['uint8', 8],
  ['uint7', 7],
] as const)('maps every range to %s as dynamic layers of fbgemm do', (name, bits) => {
  for (const { range, [name]: recorded } of mappings) {
    const integers = integerRange({ bits, signed: false });
    const { scale, zeroPoint } = fbgemmMapping(range, integers, 'affine');
    expect([scale, zeroPoint], JSON.stringify(range)).toEqual([
      Math.fround(recorded[0]),
      recorded[1],
    ]);
  }
});

// The fused operator alone takes any integers. Since PyTorch 2 it rounds the scale to float32 before it
// computes the zero point: where that would be halfway between integers, it can be the other neighbour.
test("maps every range as PyTorch's fused operator for training does, except in 7 ties of 500", () => {
  const ties: string[] = [];
  for (const { range, integers, scheme, fused } of cases) {
    const { scale, zeroPoint } = fbgemmMapping(range, integers, scheme);
    const label = `${range.max} to ${integers.min}..${integers.max}, ${scheme}`;
    expect(scale, label).toBe(Math.fround(fused[0]));
    if (zeroPoint === fused[1]) continue;
    ties.push(label);
    expect(Math.abs(zeroPoint - fused[1]), label).toBe(1);
    expect(range.min, label).toBe(-range.max); // so 0 is in the middle of an even number of integers
  }
  expect(ties).toEqual([
    '3 to -64..63, affine',
    '3 to 0..255, affine',
    '127.5 to -64..63, affine',
    `${Math.fround(1.5e38)} to -128..127, affine`,
    `${Math.fround(1.5e38)} to 0..127, affine`,
    `${Math.fround(0.00777)} to -64..63, affine`,
    `${Math.fround(0.00777)} to 0..127, affine`,
  ]);
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
