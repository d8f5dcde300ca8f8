/** What the quantizers do with models other than the lab's own. */
import { describe, expect, test } from 'vitest';
import { openEngine } from '#lib/evaluation/engine';
import { openSession } from '#lib/evaluation/session';
import { findInitializer, node, value, type Node } from '#lib/onnx/graph';
import { decodeModel, encodeModel, makeModel } from '#lib/onnx/model';
import { tensorProto, type Tensor } from '#lib/onnx/tensor';
import { calibrate } from '#lib/quantizers/calibration';
import { quantizeDynamic } from '#lib/quantizers/dynamicInt8';
import { toFloat16 } from '#lib/quantizers/float16';
import { quantizeStatic } from '#lib/quantizers/staticInt8';
import { quantizeWeightOnly } from '#lib/quantizers/weightOnly';
import { seededRandom, uniform } from '#lib/random';

const random = seededRandom(8);
const batch = randomData(6 * 8);

function randomData(length: number): Float32Array {
  return Float32Array.from({ length }, () => uniform(random, -1, 1));
}

function float(dims: number[], data = randomData(dims.reduce((a, b) => a * b, 1))): Tensor {
  return { dtype: 'float32', dims, data };
}

function model(nodes: Node[], constants: Record<string, Tensor>, outputs = ['logits']): Uint8Array {
  return encodeModel(
    makeModel({
      name: 'net',
      input: [value('input', 'float32', ['batch', 8])],
      output: outputs.map((name) => value(name, 'float32', ['batch', 8])),
      initializer: Object.entries(constants).map(([name, tensor]) => tensorProto(name, tensor)),
      node: nodes,
    }),
  );
}

/** All outputs of a model for `batch`. */
async function run(bytes: Uint8Array): Promise<Float32Array[]> {
  const engine = await openEngine(bytes, { threads: 1 });
  const { Tensor: EngineTensor } = await import('onnxruntime-node');
  const outputs = await engine.run({ input: new EngineTensor('float32', batch, [6, 8]) });
  await engine.release();
  return engine.outputNames.map((name) => outputs[name].data as Float32Array);
}

function operators(bytes: Uint8Array): string[] {
  return decodeModel(bytes).graph.node.map(({ opType }) => opType);
}

const quantizers = {
  dynamic: (bytes: Uint8Array) => Promise.resolve(quantizeDynamic(bytes)),
  static: async (bytes: Uint8Array) => quantizeStatic(bytes, await calibrate(bytes, [batch])),
  float16: (bytes: Uint8Array) => Promise.resolve(toFloat16(bytes)),
  'weight-only': (bytes: Uint8Array) => Promise.resolve(quantizeWeightOnly(bytes, { bits: 8 })),
};

describe.each(Object.entries(quantizers))('%s', (_, quantizer) => {
  test.each<{ name: string; nodes: Node[]; constants: Record<string, Tensor>; outputs?: string[] }>(
    [
      {
        name: 'a layer without bias, and weights stored transposed, as PyTorch exports them',
        nodes: [
          node('Gemm', ['input', 'w1'], ['h'], { transB: 1 }),
          node('Gemm', ['h', 'w2', 'b2'], ['logits']),
        ],
        constants: { w1: float([5, 8]), w2: float([5, 8]), b2: float([8]) },
      },
      {
        name: 'weights and bias that two layers share',
        nodes: [
          node('Gemm', ['input', 'w', 'b'], ['h']),
          node('Relu', ['h'], ['r']),
          node('Gemm', ['r', 'w', 'b'], ['logits']),
        ],
        constants: { w: float([8, 8]), b: float([8]) },
      },
      {
        name: 'layers that read the same tensor, which is an output too',
        nodes: [
          node('Gemm', ['input', 'w1', 'b'], ['h']),
          node('Relu', ['h'], ['r']),
          node('Gemm', ['r', 'w2', 'b'], ['x']),
          node('Gemm', ['r', 'w3', 'b'], ['y']),
          node('Add', ['x', 'y'], ['logits']),
        ],
        constants: { w1: float([8, 8]), w2: float([8, 8]), w3: float([8, 8]), b: float([8]) },
        outputs: ['logits', 'r'],
      },
      {
        name: 'operators that stay in float32',
        nodes: [
          node('Gemm', ['input', 'w', 'b'], ['h']),
          node('Tanh', ['h'], ['t']),
          node('Add', ['t', 'b'], ['s']),
          node('Gemm', ['s', 'w', 'b'], ['logits']),
        ],
        constants: { w: float([8, 8]), b: float([8]) },
      },
    ],
  )('$name', async ({ nodes, constants, outputs }) => {
    const bytes = model(nodes, constants, outputs);
    const expected = await run(bytes);
    const quantized = await run(await quantizer(bytes));
    expect(quantized).toHaveLength(expected.length);
    expected.forEach((values, output) => {
      values.forEach((x, i) => {
        expect(Math.abs(quantized[output][i] - x)).toBeLessThan(0.2);
      });
    });
  });

  test('gives what it adds free names, as layers may be called fc1 and their weights fc1_weight', async () => {
    const tensors = [float([8, 8]), float([8]), float([8, 8])];
    const named = ([inner, output, ...parameters]: string[]): Uint8Array => {
      const [weight, bias, otherWeight] = parameters;
      const nodes = [
        node('Tanh', ['input'], [inner]),
        node('Gemm', ['input', weight, bias], [output]),
        node('Gemm', [inner, otherWeight], ['other']),
        node('Add', [output, 'other'], ['logits']),
      ];
      return model(nodes, Object.fromEntries(parameters.map((name, i) => [name, tensors[i]])));
    };
    const plain = await quantizer(named(['a', 'b', 'c', 'd', 'e']));
    const names = ['input_quantized', 'fc1', 'fc1_weight', 'fc1_bias', 'fc1_weight_float'];
    const clashing = await quantizer(named(names));
    expect(await run(clashing)).toEqual(await run(plain));
  });

  test('names the first operator set that will do', async () => {
    const old = {
      ...decodeModel(model([node('Gemm', ['input', 'w'], ['logits'])], { w: float([8, 8]) })),
      opsetImport: [{ domain: '', version: 10 }],
    };
    await expect(async () => quantizer(encodeModel(old))).rejects.toThrow(
      "version 10 of ONNX's operators; quantized models need version 11",
    );
  });

  test('says which layers it looks for when there are none', async () => {
    const none = model([node('Relu', ['input'], ['logits'])], {});
    await expect(async () => quantizer(none)).rejects.toThrow('Its nodes are: Relu.');
  });

  test('says which weight is not a number', async () => {
    const data = randomData(64).fill(NaN, 3, 4);
    const broken = model([node('Gemm', ['input', 'w'], ['logits'])], { w: float([8, 8], data) });
    await expect(async () => quantizer(broken)).rejects.toThrow('Number 3 of w is NaN');
  });
});

test('drops weights that nothing reads any more, and keeps others', () => {
  const nodes = [node('Gemm', ['input', 'w'], ['h']), node('Add', ['h', 'v'], ['logits'])];
  const { graph } = decodeModel(quantizeDynamic(model(nodes, { w: float([8, 8]), v: float([8]) })));
  expect(findInitializer(graph, 'w')).toBeUndefined();
  expect(findInitializer(graph, 'v')).toBeDefined();
});

test('gives constants a free name', () => {
  const nodes = [node('Gemm', ['input', 'w'], ['h']), node('Mul', ['h', 'w_scale'], ['logits'])];
  const constants = { w: float([8, 8]), w_scale: float([8]) };
  const { graph } = decodeModel(quantizeDynamic(model(nodes, constants)));
  expect(graph.initializer.map(({ name }) => name)).toEqual([
    'w_scale',
    'w_quantized',
    '2.w_scale',
    'w_zero_point',
  ]);
});

test('quantizes activations that two layers read only once', () => {
  const nodes = [
    node('Gemm', ['input', 'w'], ['x']),
    node('Gemm', ['input', 'v'], ['y']),
    node('Add', ['x', 'y'], ['logits']),
  ];
  const bytes = model(nodes, { w: float([8, 8]), v: float([8, 8]) });
  const ranges = new Map([['input', { min: -1, max: 1 }]]);
  const count = (made: Uint8Array, opType: string): number =>
    operators(made).filter((operator) => operator === opType).length;
  expect(count(quantizeDynamic(bytes), 'DynamicQuantizeLinear')).toBe(1);
  expect(count(quantizeStatic(bytes, ranges), 'QuantizeLinear')).toBe(1);
});

test('a bias that is great beside its weights survives, per channel too', async () => {
  const w = float([8, 8]);
  const tiny = { ...w, data: Float32Array.from(w.data, (x) => x * 1e-13) } as Tensor;
  const b = float([8], Float32Array.of(3, -40, 0, 1e-5, 1, 2, -3, 7));
  const bytes = model([node('Gemm', ['input', 'w', 'b'], ['logits'])], { w: tiny, b });
  for (const perChannel of [false, true]) {
    const ranges = await calibrate(bytes, [batch]);
    const session = await openSession(quantizeStatic(bytes, ranges, { perChannel }), {
      threads: 1,
    });
    const logits = await session.run(batch);
    await session.release();
    logits.forEach((logit, i) => {
      expect(Math.abs(logit - b.data[i % 8])).toBeLessThan(1e-6 * 40);
    });
  }
});

test('asks for the range that is missing', () => {
  const bytes = model([node('Gemm', ['input', 'w'], ['logits'])], { w: float([8, 8]) });
  expect(() => quantizeStatic(bytes, new Map())).toThrow('no range for activation "input"');
});
