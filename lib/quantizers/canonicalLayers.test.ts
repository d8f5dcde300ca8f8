import { onnx } from 'onnx-proto';
import { Tensor as EngineTensor } from 'onnxruntime-node';
import { describe, expect, test } from 'vitest';
import { openEngine } from '#lib/evaluation/engine';
import { node, value, type Node } from '#lib/onnx/graph';
import { decodeModel, encodeModel, makeModel, opsetOf } from '#lib/onnx/model';
import { tensorProto, type Tensor } from '#lib/onnx/tensor';
import { readCanonical } from '#lib/quantizers/canonicalLayers';
import { quantizationError } from '#lib/mapping/error';
import { layersLeft, linearLayers } from '#lib/quantizers/linearLayers';
import { seededRandom, uniform } from '#lib/random';

const random = seededRandom(5);

function float(...dims: number[]): Tensor {
  const length = dims.reduce((a, b) => a * b, 1);
  const data = Float32Array.from({ length }, () => uniform(random, -1, 1));
  return { dtype: 'float32', dims, data };
}

/** The node with float attributes added. */
function withFloats(node: Node, floats: Readonly<Record<string, number>>): Node {
  const { FLOAT } = onnx.AttributeProto.AttributeType;
  const added = Object.entries(floats).map(([name, f]) => ({ name, f, type: FLOAT }));
  return { ...node, attribute: [...(node.attribute ?? []), ...added] };
}

function withInts(node: Node, name: string, ints: number[]): Node {
  return { ...node, attribute: [{ name, ints, type: onnx.AttributeProto.AttributeType.INTS }] };
}

function constantNode(name: string, tensor: Tensor): Node {
  const type = onnx.AttributeProto.AttributeType.TENSOR;
  return {
    ...node('Constant', [], [name]),
    attribute: [{ name: 'value', type, t: tensorProto('', tensor) }],
  };
}

interface Net {
  readonly nodes: Node[];
  readonly constants?: Readonly<Record<string, Tensor>>;
  /** Shape of the input; that of the model is free along the first axis. */
  readonly shape?: readonly number[];
  readonly opset?: number;
}

function model({ nodes, constants = {}, shape = [3, 4], opset = 13 }: Net): Uint8Array {
  const made = makeModel({
    name: 'net',
    input: [value('x', 'float32', ['batch', ...shape.slice(1)])],
    output: [value('y', 'float32')],
    initializer: Object.entries(constants).map(([name, tensor]) => tensorProto(name, tensor)),
    node: nodes,
  });
  return encodeModel({ ...made, irVersion: 6, opsetImport: [{ domain: '', version: opset }] });
}

async function run(bytes: Uint8Array, shape: readonly number[]): Promise<Float32Array> {
  const engine = await openEngine(bytes, { threads: 1 });
  const count = shape.reduce((a, b) => a * b, 1);
  const data = Float32Array.from({ length: count }, (_, i) => Math.sin(i));
  const { y } = await engine.run({ x: new EngineTensor('float32', data, shape) });
  await engine.release();
  return y.data as Float32Array;
}

/** Layers as `operator with bias`, in order. */
function layers(bytes: Uint8Array): string[] {
  return linearLayers(readCanonical(bytes).graph).map(
    ({ node, bias }) => node.opType + (bias ? ` with bias [${bias.dims.join()}]` : ''),
  );
}

describe('forms of a layer', () => {
  const w = float(4, 5);
  const turned = float(5, 4);
  test.each<[string, Net, string[]]>([
    [
      'a Gemm with factors',
      {
        nodes: [withFloats(node('Gemm', ['x', 'w', 'b'], ['y']), { alpha: 0.5, beta: -2 })],
        constants: { w, b: float(5) },
      },
      ['Gemm with bias [5]'],
    ],
    [
      'a Gemm that takes no part of its bias',
      {
        nodes: [withFloats(node('Gemm', ['x', 'w', 'b'], ['y'], { transB: 1 }), { beta: 0 })],
        constants: { w: turned, b: float(5) },
      },
      ['Gemm'],
    ],
    ...[[1, 5], [1, 1], [1], []].map((dims): [string, Net, string[]] => [
      `a Gemm with a bias of shape [${dims.join(', ')}]`,
      { nodes: [node('Gemm', ['x', 'w', 'b'], ['y'])], constants: { w, b: float(...dims) } },
      ['Gemm with bias [5]'],
    ]),
    ['a MatMul', { nodes: [node('MatMul', ['x', 'w'], ['y'])], constants: { w } }, ['Gemm']],
    [
      'an Add of a row before a MatMul',
      {
        nodes: [node('MatMul', ['x', 'w'], ['p']), node('Add', ['b', 'p'], ['y'])],
        constants: { w, b: float(1, 5) },
      },
      ['Gemm with bias [5]'],
    ],
    [
      'an Add of another number to each row',
      {
        nodes: [node('MatMul', ['x', 'w'], ['p']), node('Add', ['p', 'b'], ['y'])],
        constants: { w, b: float(3, 1) },
      },
      ['Gemm'],
    ],
    [
      'an Add that makes the product wider',
      {
        nodes: [node('MatMul', ['x', 'w'], ['p']), node('Add', ['p', 'b'], ['y'])],
        constants: { w: float(4, 1), b: float(5) },
      },
      ['Gemm'],
    ],
    [
      'a product that is read twice',
      {
        nodes: [
          node('MatMul', ['x', 'w'], ['p']),
          node('Add', ['p', 'b'], ['q']),
          node('Mul', ['p', 'q'], ['y']),
        ],
        constants: { w, b: float(5) },
      },
      ['Gemm'],
    ],
    [
      'constants in nodes, behind Identity and Transpose, and shared',
      {
        nodes: [
          constantNode('w', turned),
          node('Identity', ['w'], ['same']),
          withInts(node('Transpose', ['same'], ['t']), 'perm', [1, 0]),
          node('Transpose', ['t'], ['again']),
          withFloats(node('Constant', [], ['b']), { value_float: 0.75 }),
          node('MatMul', ['x', 't'], ['p']),
          node('Add', ['p', 'b'], ['h']),
          node('Relu', ['h'], ['r']),
          node('Gemm', ['r', 't'], ['s'], { transB: 1 }),
          node('Gemm', ['s', 'again'], ['y'], { transB: 1 }),
        ],
      },
      ['Gemm with bias [5]', 'Gemm', 'Gemm'],
    ],
    [
      'three axes',
      {
        nodes: [
          node('Transpose', ['v'], ['w']),
          node('MatMul', ['x', 'w'], ['p']),
          node('Add', ['p', 'b'], ['y']),
        ],
        constants: { v: turned, b: float(5) },
        shape: [2, 3, 4],
      },
      ['MatMul'],
    ],
    [
      'a number of axes that is made known by a Flatten',
      {
        nodes: [
          node('Flatten', ['x'], ['f']),
          node('Tanh', ['f'], ['t']),
          node('MatMul', ['t', 'w'], ['y']),
        ],
        constants: { w: float(12, 5) },
        shape: [2, 3, 4],
      },
      ['Gemm'],
    ],
    [
      'operator set 11',
      {
        nodes: [
          node('MatMul', ['x', 'w'], ['p']),
          node('Softmax', ['p'], ['s']),
          withFloats(node('Dropout', ['s'], ['d']), { ratio: 0.5 }),
          withInts(node('Unsqueeze', ['d'], ['u']), 'axes', [1]),
          withInts(node('ReduceSum', ['u'], ['r']), 'axes', [1, -1]),
          withInts(node('Squeeze', ['r'], ['y']), 'axes', [1]),
        ],
        constants: { w },
        opset: 11,
      },
      ['Gemm'],
    ],
    [
      'operator set 12',
      {
        nodes: [
          node('Gemm', ['x', 'w'], ['h']),
          node('Dropout', ['h'], ['d', 'mask']),
          withInts(node('Split', ['d'], ['y', 'rest']), 'split', [1, 2]),
        ],
        constants: { w },
        opset: 12,
      },
      ['Gemm'],
    ],
  ])('%s', async (_, net, expected) => {
    const bytes = model(net);
    expect(layers(bytes)).toEqual(expected);
    const shape = net.shape ?? [3, 4];
    const canonical = readCanonical(bytes);
    expect(opsetOf(canonical)).toBe(13);
    const [given, made] = [await run(bytes, shape), await run(encodeModel(canonical), shape)];
    expect(quantizationError(given, made).sqnr).toBeGreaterThan(120); // 1e-6 of the norm
  });
});

describe('what stays in float32', () => {
  const w = float(4, 4);
  test.each<[string, Net]>([
    [
      'weights not constant (computed by Relu)',
      { nodes: [node('Relu', ['x'], ['v']), node('MatMul', ['x', 'v'], ['y'])], shape: [4, 4] },
    ],
    [
      'weights not constant (an input of the model)',
      { nodes: [node('MatMul', ['w', 'x'], ['y'])], constants: { w }, shape: [4, 4] },
    ],
    [
      'weights with 3 axes, not 2',
      { nodes: [node('MatMul', ['x', 'w'], ['y'])], constants: { w: float(2, 4, 4) } },
    ],
    [
      'weights with 1 axis, not 2',
      { nodes: [node('MatMul', ['x', 'w'], ['y'])], constants: { w: float(4) } },
    ],
    [
      'input transposed (transA)',
      { nodes: [node('Gemm', ['x', 'w'], ['y'], { transA: 1 })], constants: { w } },
    ],
    [
      'bias of shape [3, 1], not one number for each output',
      { nodes: [node('Gemm', ['x', 'w', 'b'], ['y'])], constants: { w, b: float(3, 1) } },
    ],
    [
      'weights not float32 (float16)',
      {
        nodes: [node('Cast', ['x'], ['h'], { to: 10 }), node('MatMul', ['h', 'w'], ['y'])],
        constants: { w: { dtype: 'float16', dims: [4, 4], data: new Uint16Array(16) } },
      },
    ],
    [
      'only Gemm and MatMul are quantized',
      {
        nodes: [node('Conv', ['x', 'w'], ['y'])],
        constants: { w: float(2, 3, 1) },
        shape: [2, 3, 4],
      },
    ],
  ])('%s', (reason, net) => {
    expect(layersLeft(model(net)).map((left) => left.reason)).toEqual([reason]);
    expect(() => layers(model(net))).toThrow(`: ${reason}.`);
  });

  test('nothing of a model whose layers are all quantized', () => {
    const nodes = [node('MatMul', ['x', 'w'], ['p']), node('Add', ['p', 'b'], ['y'])];
    expect(layersLeft(model({ nodes, constants: { w, b: float(1, 4) } }))).toEqual([]);
  });
});

test.each<[string, Node[], number[]]>([
  ['Softmax', [node('Softmax', ['h'], ['y'])], [2, 3, 4]],
  ['Dropout', [withFloats(node('Dropout', ['h'], ['y', 'mask']), { ratio: 0.5 })], [3, 4]],
])('refuses an old %s whose meaning changed', (operator, nodes, shape) => {
  const old = model({
    nodes: [node('MatMul', ['x', 'w'], ['h']), ...nodes],
    constants: { w: float(4, 4) },
    shape,
    opset: 11,
  });
  expect(() => readCanonical(old)).toThrow(
    `version 11 of ONNX's operators, in which ${operator} (node "y_${operator}") does not mean`,
  );
});

test('leaves a model alone that has this form', () => {
  const nodes = [node('Gemm', ['x', 'w', 'b'], ['y'], { transB: 1 })];
  const bytes = model({ nodes, constants: { w: float(5, 4), b: float(5) } });
  expect(encodeModel(readCanonical(bytes))).toEqual(encodeModel(decodeModel(bytes)));
});
