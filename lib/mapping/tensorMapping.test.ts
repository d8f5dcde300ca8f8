import fc from 'fast-check';
import { expect, test } from 'vitest';
import { runOperator } from '#lib/evaluation/runOperator';
import { joinBlocks, splitBlocks } from '#lib/mapping/blocks';
import { splitChannels } from '#lib/mapping/channels';
import { integerRange } from '#lib/mapping/integerRange';
import { linearMapping } from '#lib/mapping/linearMapping';
import { reconstructTensor, type Granularity } from '#lib/mapping/tensorMapping';
import { minMax } from '#lib/mapping/valueRange';
import type { Tensor } from '#lib/onnx/tensor';

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
});

test('blocks put together are the tensor', () => {
  fc.assert(
    fc.property(cutTensor, ({ data, dims, ...blocks }) => {
      const parts = splitBlocks(data, dims, blocks);
      const others = data.length / dims[blocks.axis];
      expect(parts).toHaveLength(Math.ceil(dims[blocks.axis] / blocks.blockSize) * others);
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

/** The values that share a scale, part by part. */
function partsOf(
  data: Float32Array,
  dims: readonly number[],
  granularity: Granularity,
): Float32Array[] {
  if (granularity.per === 'block') return splitBlocks(data, dims, granularity);
  return splitChannels(data, dims, granularity.per === 'channel' ? granularity.axis : undefined);
}

test.each<[Granularity, scales: number[], Record<string, number>]>([
  [{ per: 'tensor' }, [], {}],
  [{ per: 'channel', axis: 0 }, [8], { axis: 0 }],
  [{ per: 'channel', axis: 1 }, [6], { axis: 1 }],
  [{ per: 'block', axis: 0, blockSize: 3 }, [3, 6], { axis: 0, block_size: 3 }],
  [{ per: 'block', axis: 1, blockSize: 2 }, [8, 3], { axis: 1, block_size: 2 }],
])('the engine reconstructs the same of every part, %j', async (granularity, shape, integers) => {
  const dims = [8, 6];
  const data = Float32Array.from({ length: 48 }, (_, i) => Math.sin(i) * (1 + i));
  for (const scheme of ['affine', 'symmetric'] as const) {
    const mappings = partsOf(data, dims, granularity).map((values) =>
      linearMapping(minMax(values), int8, scheme),
    );
    const by: Tensor[] = [
      { dtype: 'float32', dims: shape, data: Float32Array.from(mappings, ({ scale }) => scale) },
      { dtype: 'int8', dims: shape, data: Int8Array.from(mappings, ({ zeroPoint }) => zeroPoint) },
    ];
    const common = { opset: 21, integers };
    const [quantized] = await runOperator(
      { opType: 'QuantizeLinear', outputs: ['int8'], ...common },
      [{ dtype: 'float32', dims, data }, ...by],
    );
    const [restored] = await runOperator(
      { opType: 'DequantizeLinear', outputs: ['float32'], ...common },
      [quantized, ...by],
    );
    const ours = reconstructTensor(data, dims, { granularity, integers: int8, scheme });
    expect(ours).toEqual(restored.data);
  }
});

test('finer parts have no greater bound on the error', () => {
  const largest = (values: Iterable<number>): number => Math.max(...values);
  fc.assert(
    fc.property(cutTensor, ({ data, dims, axis, blockSize }) => {
      const bounds = (granularity: Granularity): number => {
        const options = { granularity, integers: int4, scheme: 'symmetric' } as const;
        const restored = reconstructTensor(data, dims, options);
        const scales = partsOf(data, dims, granularity).map(
          (values) => linearMapping(minMax(values), int4, 'symmetric').scale,
        );
        // 1 stands for "all zero": others are below it, as the values are within ±1.
        const bound = largest(scales.map((scale) => (scale === 1 ? 0 : scale / 2)));
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
