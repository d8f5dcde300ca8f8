import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { runOperator } from '#lib/evaluation/runOperator';
import { joinChannels, splitChannels } from '#lib/mapping/channels';
import { dynamicMapping } from '#lib/mapping/dynamicMapping';
import { quantizationError } from '#lib/mapping/error';
import { integerRange } from '#lib/mapping/integerRange';
import { dequantize, linearMapping, quantize, type Scheme } from '#lib/mapping/linearMapping';
import { minMax } from '#lib/mapping/valueRange';
import { roundHalfToEven } from '#lib/mapping/roundHalfToEven';

const int8 = integerRange({ bits: 8, signed: true });
const uint8 = integerRange({ bits: 8, signed: false });
const narrowInt8 = integerRange({ bits: 8, signed: true, narrow: true });

describe('roundHalfToEven', () => {
  test.each([
    [0.5, 0],
    [1.5, 2],
    [2.5, 2],
    [-0.5, 0],
    [-1.5, -2],
    [-2.5, -2],
    [0.49999999999999994, 0],
    [2 ** 51 - 0.5, 2 ** 51],
    [-(2 ** 51) + 1.5, -(2 ** 51) + 2],
    [2 ** 51 + 0.5, 2 ** 51],
    [2 ** 51 + 1.5, 2 ** 51 + 2],
    [-(2 ** 52) + 0.5, -(2 ** 52)],
    [2 ** 53 - 1, 2 ** 53 - 1],
    [1e300, 1e300],
    [-Infinity, -Infinity],
  ])('%d becomes %d', (x, rounded) => {
    expect(roundHalfToEven(x) + 0).toBe(rounded);
  });

  test('agrees with Math.round away from ties', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true }), (x) => {
        fc.pre(x % 1 !== 0.5 && x % 1 !== -0.5);
        expect(roundHalfToEven(x) + 0).toBe(Math.round(x) + 0);
      }),
    );
  });
});

test.each([
  [{ bits: 8, signed: true }, -128, 127],
  [{ bits: 8, signed: true, narrow: true }, -127, 127],
  [{ bits: 8, signed: false }, 0, 255],
  [{ bits: 2, signed: true }, -2, 1],
  [{ bits: 16, signed: false }, 0, 65535],
])('the integers of %j are %i to %i', (type, min, max) => {
  expect(integerRange(type)).toEqual({ min, max });
});

test.each([1, 17, 7.5, NaN])('there are no integers of %d bits', (bits) => {
  expect(() => integerRange({ bits, signed: true })).toThrow('bits must be');
});

test('unsigned integers have no narrow range', () => {
  expect(() => integerRange({ bits: 8, signed: false, narrow: true })).toThrow('only signed');
});

test.each([
  // By hand: 3 / 127.5, 3 / 127, and the greater of 3 / 127 and 2 / 128, or 2 / 127 and 3 / 128.
  { scheme: 'symmetric', min: -2, max: 3, scale: 3 / 127.5, low: -128 },
  { scheme: 'symmetric-narrow', min: -2, max: 3, scale: 3 / 127, low: -127 },
  { scheme: 'symmetric-no-clipping', min: -2, max: 3, scale: 3 / 127, low: -128 },
  { scheme: 'symmetric-no-clipping', min: -3, max: 2, scale: 3 / 128, low: -128 },
  { scheme: 'symmetric-no-clipping', min: -3, max: 2.99, scale: 2.99 / 127, low: -128 },
  { scheme: 'symmetric-no-clipping', min: 1, max: 1, scale: 1 / 127, low: -128 },
  { scheme: 'symmetric-no-clipping', min: 0, max: 0, scale: 1, low: -128 },
] as const)('$scheme of $min to $max', ({ scheme, min, max, scale, low }) => {
  expect(linearMapping({ min, max }, int8, scheme)).toEqual({
    scale: Math.fround(scale),
    zeroPoint: 0,
    integers: { min: low, max: 127 },
  });
});

test('symmetric-narrow is symmetric with a narrow range', () => {
  const range = { min: -0.3, max: 0.7 };
  const narrow = linearMapping(range, narrowInt8, 'symmetric');
  expect(linearMapping(range, int8, 'symmetric-narrow')).toEqual(narrow);
  expect(linearMapping(range, narrowInt8, 'symmetric-narrow')).toEqual(narrow);
});

test.each(['symmetric-narrow', 'symmetric-no-clipping'] as const)(
  'unsigned integers have no %s mapping',
  (scheme) => {
    expect(() => linearMapping({ min: -1, max: 1 }, uint8, scheme)).toThrow('only signed');
  },
);

describe('at the ends of float32', () => {
  const largest = (2 - 2 ** -23) * 2 ** 127;

  test('a range whose width overflows is mapped all the same', () => {
    const mapping = linearMapping({ min: -largest, max: largest }, int8, 'symmetric-narrow');
    expect(mapping.scale).toBe(Math.fround(largest / 127));
    const values = Float32Array.of(-largest, -1e38, 0, largest);
    expect([...quantize(values, mapping)]).toEqual([-127, -37, 0, 127]);
  });

  test('an integer beyond the greatest number comes back as infinity', () => {
    const mapping = linearMapping({ min: -largest, max: largest }, int8, 'symmetric');
    const values = Float32Array.of(-largest, largest);
    expect([...dequantize(quantize(values, mapping), mapping)]).toEqual([
      -Infinity,
      Math.fround(127 * mapping.scale),
    ]);
  });

  test.each<Scheme>(['affine', 'symmetric', 'symmetric-narrow', 'symmetric-no-clipping'])(
    'subnormal numbers become 0 (%s)',
    (scheme) => {
      const values = Float32Array.of(-1e-40, 0, 2 ** -149, 1e-38);
      const mapping = linearMapping(minMax(values), int8, scheme);
      expect([...dequantize(quantize(values, mapping), mapping)]).toEqual([0, 0, 0, 0]);
    },
  );
});

test('a constant comes back within half a scale, zero exactly', () => {
  for (const scheme of ['affine', 'symmetric-narrow', 'symmetric-no-clipping'] as const) {
    for (const constant of [0.1, -7, 3e38, 0]) {
      const values = new Float32Array(3).fill(constant);
      const mapping = linearMapping(minMax(values), int8, scheme);
      const [restored] = dequantize(quantize(values, mapping), mapping);
      // One end of the integers stands for it, so that only float32 rounds.
      expect(Math.abs(restored - values[0])).toBeLessThanOrEqual(2 ** -22 * Math.abs(constant));
    }
  }
});

// Cases that the networks of oracle/edgeNetworks.ts have no place for.
test.each([
  { range: { min: -3, max: 3 }, integers: int8, scheme: 'symmetric', scale: 6 / 255, zeroPoint: 0 },
  {
    range: { min: -1, max: 2 },
    integers: uint8,
    scheme: 'symmetric',
    scale: 4 / 255,
    zeroPoint: 128,
  },
  { range: { min: -1, max: 2 }, integers: int8, scheme: 'affine', scale: 3 / 255, zeroPoint: -43 },
  { range: { min: 2, max: 5 }, integers: int8, scheme: 'affine', scale: 5 / 255, zeroPoint: -128 },
  { range: { min: 0, max: 0 }, integers: int8, scheme: 'affine', scale: 1, zeroPoint: 0 },
  { range: { min: 0, max: 0 }, integers: uint8, scheme: 'symmetric', scale: 1, zeroPoint: 0 },
  { range: { min: -1e-39, max: 1e-39 }, integers: int8, scheme: 'affine', scale: 1, zeroPoint: 0 },
] as const)(
  '$scheme mapping of $range to $integers',
  ({ range, integers, scheme, ...expected }) => {
    const { scale, zeroPoint } = linearMapping(range, integers, scheme);
    expect({ scale, zeroPoint }).toEqual({ ...expected, scale: Math.fround(expected.scale) });
  },
);

test.each([
  { min: NaN, max: 1 },
  { min: 0, max: Infinity },
  { min: 1, max: 0 },
])('no mapping covers $min to $max', (range) => {
  expect(() => linearMapping(range, int8, 'affine')).toThrow(RangeError);
});

test('says which value can not be quantized', () => {
  const mapping = linearMapping({ min: -1, max: 1 }, int8, 'symmetric');
  expect(() => quantize(Float32Array.of(1, NaN), mapping)).toThrow('value 1 is NaN');
  expect([...quantize(Float32Array.of(Infinity, -Infinity), mapping)]).toEqual([127, -128]);
  expect(() => minMax(Float32Array.of(0, 0, -Infinity))).toThrow('value 2 is -Infinity');
});

const integerType = fc
  .record({
    bits: fc.integer({ min: 2, max: 16 }),
    kind: fc.constantFrom(
      { signed: false },
      { signed: true, narrow: false },
      { signed: true, narrow: true },
    ),
  })
  .map(({ bits, kind }) => integerRange({ bits, ...kind }));
/** Numbers of all magnitudes between which a scale has full precision. */
const values = fc
  .tuple(
    fc.float32Array({ min: -1, max: 1, noNaN: true, minLength: 1 }),
    fc.integer({ min: -80, max: 120 }),
  )
  .map(([array, exponent]) => array.map((x) => x * 2 ** exponent));

describe('any values, any integers', () => {
  const mapped = fc.record({ values, integerType, scheme: fc.nat({ max: 3 }) }).map((drawn) => {
    const signed: Scheme[] = ['symmetric-narrow', 'symmetric-no-clipping'];
    const schemes: Scheme[] = ['affine', 'symmetric', ...(drawn.integerType.min < 0 ? signed : [])];
    const scheme = schemes[drawn.scheme % schemes.length];
    return {
      values: drawn.values,
      mapping: linearMapping(minMax(drawn.values), drawn.integerType, scheme),
    };
  });

  test('come back within half a scale', () => {
    fc.assert(
      fc.property(mapped, ({ values, mapping }) => {
        dequantize(quantize(values, mapping), mapping).forEach((restored, i) => {
          const slack = 2 ** -22 * Math.abs(values[i]); // float32 rounding of quotient, scale, product
          expect(Math.abs(restored - values[i])).toBeLessThanOrEqual(mapping.scale / 2 + slack);
        });
      }),
    );
  });

  test('stay in order', () => {
    fc.assert(
      fc.property(mapped, ({ values, mapping }) => {
        const quantized = quantize(values.toSorted(), mapping);
        expect(quantized).toEqual(quantized.toSorted());
      }),
    );
  });

  test('are the same after a second time, and zero is exact', () => {
    fc.assert(
      fc.property(mapped, ({ values, mapping }) => {
        const quantized = quantize(values, mapping);
        expect(quantize(dequantize(quantized, mapping), mapping)).toEqual(quantized);
        const [zero] = quantize(Float32Array.of(0), mapping);
        expect(zero).toBe(mapping.zeroPoint);
        expect(dequantize([zero], mapping)[0]).toBe(0);
        expect(zero).toBeGreaterThanOrEqual(mapping.integers.min);
        expect(zero).toBeLessThanOrEqual(mapping.integers.max);
      }),
    );
  });
});

test('a scale per channel has no greater bound on the error than one for all', () => {
  fc.assert(
    fc.property(values, fc.integer({ min: 1, max: 5 }), (drawn, columns) => {
      const data = drawn.slice(0, drawn.length - (drawn.length % columns));
      fc.pre(data.length > 0);
      const dims = [data.length / columns, columns];
      const whole = linearMapping(minMax(data), narrowInt8, 'symmetric');
      const channels = splitChannels(data, dims, 1);
      const mappings = channels.map((c) => linearMapping(minMax(c), narrowInt8, 'symmetric'));
      const restored = joinChannels(
        channels.map((c, i) => dequantize(quantize(c, mappings[i]), mappings[i])),
        dims,
        1,
        new Float32Array(data.length),
      );
      // Not so for each value: one may lie by chance on the coarser grid. A channel within ±2^-119
      // becomes all 0.
      const bound = (whole.scale / 2) * (1 + 2 ** -15) + 2 ** -119;
      expect(quantizationError(data, restored).maximum).toBeLessThanOrEqual(bound);
      mappings
        .filter(({ scale }) => scale !== 1) // 1 stands for "all zero"
        .forEach(({ scale }) => {
          expect(scale).toBeLessThanOrEqual(whole.scale);
        });
    }),
  );
});

describe('the engine', () => {
  const dtypes = [
    ['int8', int8, Int8Array],
    ['uint8', uint8, Uint8Array],
  ] as const;

  test.each(dtypes)('quantizes to %s and back as we do', async (dtype, integers, IntegerArray) => {
    await fc.assert(
      fc.asyncProperty(values, async (data) => {
        const mapping = linearMapping(minMax(data), integers, 'affine');
        // Halves of the scale are ties; twice the range saturates.
        const inputs = Float32Array.from([...data, ...data.map((x) => 2 * x)], (x, i) =>
          i % 3 === 0 ? Math.round(x / mapping.scale) * mapping.scale * 0.5 : x,
        );
        const tensors = [
          { dtype: 'float32', dims: [], data: Float32Array.of(mapping.scale) },
          { dtype, dims: [], data: IntegerArray.of(mapping.zeroPoint) } as never,
        ] as const;
        const [quantized] = await runOperator({ opType: 'QuantizeLinear', outputs: [dtype] }, [
          { dtype: 'float32', dims: [inputs.length], data: inputs },
          ...tensors,
        ]);
        const ours = quantize(inputs, mapping);
        expect([...quantized.data]).toEqual([...ours]);
        const [restored] = await runOperator({ opType: 'DequantizeLinear', outputs: ['float32'] }, [
          quantized,
          ...tensors,
        ]);
        expect(restored.data).toEqual(dequantize(ours, mapping));
      }),
      { numRuns: 30 },
    );
  });

  test('finds the same mapping at run time', async () => {
    const zeros = new Float32Array(3);
    const samples = [...fc.sample(values, { numRuns: 40, seed: 3 }), zeros];
    for (const data of samples) {
      const [, scale, zeroPoint] = await runOperator(
        { opType: 'DynamicQuantizeLinear', outputs: ['uint8', 'float32', 'uint8'] },
        [{ dtype: 'float32', dims: [data.length], data }],
      );
      const ours = dynamicMapping(data);
      expect([scale.data[0], zeroPoint.data[0]]).toEqual([ours.scale, ours.zeroPoint]);
    }
  });
});
