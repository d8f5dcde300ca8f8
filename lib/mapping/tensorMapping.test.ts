import fc from 'fast-check';
import { expect, test } from 'vitest';
import { runOperator } from '#lib/evaluation/runOperator';
import { blockDims, joinBlocks, splitBlocks } from '#lib/mapping/blocks';
import { integerRange } from '#lib/mapping/integerRange';
import {
  quantizeTensor,
  reconstructTensor,
  type Granularity,
  type TensorMappingOptions,
} from '#lib/mapping/tensorMapping';

const int8 = integerRange({ bits: 8, signed: true });
const int4 = integerRange({ bits: 4, signed: true });

/** A tensor of one to three dimensions, and a way to cut it. */
const cutTensor = fc
  .record({
    dims: fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 3 }),
    axis: fc.nat(),
    blockSize: fc.integer({ min: 1, max: 7 }),
  })
  .chain(({ dims, axis, blockSize }) => {
    const length = dims.reduce((product, dim) => product * dim, 1);
    return fc.record({
      dims: fc.constant(dims),
      data: fc.float32Array({
        min: -1,
        max: 1,
        noNaN: true,
        minLength: length,
        maxLength: length,
      }),
      axis: fc.constant(axis % dims.length),
      blockSize: fc.constant(blockSize),
    });
  });

test('blocks are neighbours along the axis, in the order of their scales', () => {
  // A matrix of 5 inputs and 2 outputs, cut along the inputs.
  const data = Float32Array.of(1, 10, 2, 20, 3, 30, 4, 40, 5, 50);
  const blocks = { axis: 0, blockSize: 2 };
  expect(splitBlocks(data, [5, 2], blocks).map((part) => [...part])).toEqual([
    [1, 2],
    [10, 20],
    [3, 4],
    [30, 40],
    [5],
    [50],
  ]);
  expect(blockDims([5, 2], blocks)).toEqual([3, 2]);
  expect(blockDims([5, 2], { axis: 1, blockSize: 16 })).toEqual([5, 1]);
});

test('blocks put together are the tensor', () => {
  fc.assert(
    fc.property(cutTensor, ({ data, dims, ...blocks }) => {
      const parts = splitBlocks(data, dims, blocks);
      expect(parts).toHaveLength(blockDims(dims, blocks).reduce((a, b) => a * b));
      expect(joinBlocks(parts, dims, blocks, new Float32Array(data.length))).toEqual(data);
    }),
  );
});

test.each([
  [{ axis: 2, blockSize: 2 }, 'has no axis 2'],
  [{ axis: 0, blockSize: 0 }, 'blockSize must be'],
  [{ axis: 0, blockSize: 1.5 }, 'blockSize must be'],
])('no blocks of %j', (blocks, message) => {
  expect(() => splitBlocks(new Float32Array(4), [2, 2], blocks)).toThrow(message);
});

test('the engine makes the same integers of every part', async () => {
  const [rows, columns] = [8, 6];
  const data = Float32Array.from({ length: rows * columns }, (_, i) => Math.sin(i) * (1 + i));
  const granularities: readonly [Granularity, Record<string, number>][] = [
    [{ per: 'tensor' }, {}],
    [{ per: 'channel', axis: 0 }, { axis: 0 }],
    [{ per: 'channel', axis: 1 }, { axis: 1 }],
    [
      { per: 'block', axis: 0, blockSize: 3 },
      { axis: 0, block_size: 3 },
    ],
    [
      { per: 'block', axis: 1, blockSize: 2 },
      { axis: 1, block_size: 2 },
    ],
  ];
  for (const [granularity, integers] of granularities) {
    for (const scheme of ['affine', 'symmetric'] as const) {
      const options: TensorMappingOptions = { granularity, integers: int8, scheme };
      const { values, mappings, mappingDims } = quantizeTensor(data, [rows, columns], options);
      const scale = Float32Array.from(mappings, (mapping) => mapping.scale);
      const zeroPoint = Int8Array.from(mappings, (mapping) => mapping.zeroPoint);
      const [engine] = await runOperator(
        { opType: 'QuantizeLinear', outputs: ['int8'], opset: 21, integers },
        [
          { dtype: 'float32', dims: [rows, columns], data },
          { dtype: 'float32', dims: mappingDims, data: scale },
          { dtype: 'int8', dims: mappingDims, data: zeroPoint },
        ],
      );
      expect([...engine.data]).toEqual([...values]);
    }
  }
});

test('finer parts have no greater bound on the error', () => {
  const largest = (values: Iterable<number>): number => Math.max(...values);
  fc.assert(
    fc.property(cutTensor, ({ data, dims, axis, blockSize }) => {
      const bounds = (granularity: Granularity): number => {
        const options = { granularity, integers: int4, scheme: 'symmetric' } as const;
        const restored = reconstructTensor(data, dims, options);
        const { mappings } = quantizeTensor(data, dims, options);
        // 1 stands for "all zero": others are below it, as the values are within ±1.
        const bound = largest(mappings.map(({ scale }) => (scale === 1 ? 0 : scale / 2)));
        const error = largest(restored.map((x, i) => Math.abs(x - data[i])));
        expect(error).toBeLessThanOrEqual(bound * (1 + 2 ** -18) + 2 ** -119);
        return bound;
      };
      const whole = bounds({ per: 'tensor' });
      expect(bounds({ per: 'channel', axis })).toBeLessThanOrEqual(whole);
      expect(bounds({ per: 'block', axis, blockSize })).toBeLessThanOrEqual(whole);
    }),
  );
});
