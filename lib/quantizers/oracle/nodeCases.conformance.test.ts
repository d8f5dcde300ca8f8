/**
 * Every test case that ONNX itself has for the operators of quantization, through our arithmetic and
 * through the engine.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Float16Array } from '@petamoriken/float16';
import { Tensor as EngineTensor } from 'onnxruntime-node';
import { afterAll, describe, expect, test } from 'vitest';
import { openEngine } from '#lib/evaluation/engine';
import { node, value } from '#lib/onnx/graph';
import { encodeModel } from '#lib/onnx/model';
import { elementCount, elementTypeCode, type Tensor } from '#lib/onnx/tensor';
import { joinBlocks, splitBlocks } from '#lib/mapping/blocks';
import { joinChannels, splitChannels } from '#lib/mapping/channels';
import { dynamicMapping } from '#lib/mapping/dynamicMapping';
import { integerMatMul, requantize } from '#lib/mapping/integerMatMul';
import { integerRange } from '#lib/mapping/integerRange';
import { dequantize, quantize, type LinearMapping } from '#lib/mapping/linearMapping';
import {
  isPacked,
  readNodeCases,
  type CaseTensor,
  type NodeCase,
} from '#lib/quantizers/oracle/nodeCases';
import { runOracle } from '#lib/quantizers/oracle/oracle';

const folder = mkdtempSync(path.join(tmpdir(), 'node-cases-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const shipped = await casesOf('shipped');
const corrected = await casesOf('corrected', 'QLinearMatMul');
/** Each case once; those of QLinearMatMul from the release in which they are right. */
const cases = [...shipped.filter(({ operator }) => operator !== 'qlinearmatmul'), ...corrected];

async function casesOf(
  release: 'shipped' | 'corrected',
  ...operator: string[]
): Promise<NodeCase[]> {
  const target = path.join(folder, release);
  mkdirSync(target);
  await runOracle('node_cases.py', [target, ...operator], {
    log: `${target}.log`,
    corrected: release === 'corrected',
  });
  return readNodeCases(target);
}

/** Cases of floating-point types of 8 and 4 bits: no integers, so our arithmetic has nothing for them. */
const left = cases.filter(({ inputs, outputs }) =>
  [...inputs, ...outputs].some(({ type }) => /^float[48]/.test(type)),
);

test('the cases are those that we know, and only those of float8 and float4 are left out', () => {
  expect(left.map(({ name }) => name)).toEqual([
    'test_dequantizelinear_e4m3fn',
    'test_dequantizelinear_e4m3fn_float16',
    'test_dequantizelinear_e4m3fn_zero_point',
    'test_dequantizelinear_e5m2',
    'test_dequantizelinear_float4e2m1',
    'test_quantizelinear_e4m3fn',
    'test_quantizelinear_e5m2',
    'test_quantizelinear_float4e2m1',
  ]);
  expect(cases.filter(({ operator }) => operator === 'quantizelinear')).toHaveLength(13);
  expect(cases.filter(({ operator }) => operator === 'dequantizelinear')).toHaveLength(14);
  expect(cases.filter(({ operator }) => operator === 'dynamicquantizelinear')).toHaveLength(6);
  expect(cases.filter(({ operator }) => operator === 'matmulinteger')).toHaveLength(1);
  expect(cases.filter(({ operator }) => operator === 'qlinearmatmul')).toHaveLength(8);
});

test('the earlier cases of QLinearMatMul differ where int8 is said to wrap instead of saturating', () => {
  const differing = corrected.filter(({ name, outputs }) => {
    const earlier = shipped.find((other) => other.name === name);
    return earlier?.outputs[0].values.join() !== outputs[0].values.join();
  });
  expect(differing.map(({ name }) => name)).toEqual(
    ['2D_int8_float16', '2D_int8_float32', '3D_int8_float16', '3D_int8_float32'].map(
      (kind) => `test_qlinearmatmul_${kind}`,
    ),
  );
});

describe.each(cases.filter((known) => !left.includes(known)))('$name', (known) => {
  const expected = known.outputs.map(({ values }) => [...values]);

  test('ours', () => {
    expect(ourOutputs(known)).toEqual(expected);
  });
  test('engine', async () => {
    expect(await engineOutputs(known)).toEqual(expected);
  });
});

function ourOutputs(known: NodeCase): number[][] {
  const [first, ...rest] = known.inputs;
  switch (known.operator) {
    case 'quantizelinear':
      return [byPart(known, quantize)];
    case 'dequantizelinear':
      return [byPart(known, dequantize)];
    case 'dynamicquantizelinear': {
      const x = Float32Array.from(first.values);
      const mapping = dynamicMapping(x);
      return [[...quantize(x, mapping)], [mapping.scale], [mapping.zeroPoint]];
    }
    case 'matmulinteger':
      return [products(first, rest[0], scalar(rest[1]), scalar(rest[2])).flatMap((c) => [...c])];
    case 'qlinearmatmul': {
      const [aScale, aZero, b, bScale, bZero, yScale, yZero] = rest;
      const mapping = mappingOf(yZero.type, scalar(yScale), scalar(yZero));
      return [
        products(first, b, scalar(aZero), scalar(bZero)).flatMap((product) => [
          ...requantize(product, scalar(aScale) * scalar(bScale), mapping),
        ]),
      ];
    }
    default:
      throw new Error(`no arithmetic for ${known.operator}`);
  }
}

function mappingOf(type: string, scale: number, zeroPoint: number): LinearMapping {
  const bits = Number(/\d+/.exec(type)?.[0]);
  return { scale, zeroPoint, integers: integerRange({ bits, signed: !type.startsWith('u') }) };
}

function scalar({ type, values }: CaseTensor): number {
  return type === 'float16' ? new Float16Array(Uint16Array.from(values).buffer)[0] : values[0];
}

/** Does something with each part of the first input that shares a scale: all, a channel or a block. */
function byPart(
  { inputs: [values, scales, ...zeroPoints], outputs, attribute }: NodeCase,
  work: (part: Float32Array, mapping: LinearMapping) => ArrayLike<number>,
): number[] {
  const { dims } = values;
  const data = Float32Array.from(values.values);
  const axis = attribute('axis', 1);
  const blocks = { axis, blockSize: attribute('block_size', 0) };
  const channelAxis = scales.values.length > 1 ? axis : undefined;
  const integerType = values.type === 'float32' ? outputs[0].type : values.type;
  const parts = blocks.blockSize
    ? splitBlocks(data, dims, blocks)
    : splitChannels(data, dims, channelAxis);
  const made = parts.map((part, i) => {
    const zeroPoint = zeroPoints.length > 0 ? zeroPoints[0].values[i] : 0;
    return work(part, mappingOf(integerType, scales.values[i], zeroPoint));
  });
  const joined = new Float32Array(data.length);
  return [
    ...(blocks.blockSize
      ? joinBlocks(made, dims, blocks, joined)
      : joinChannels(made, dims, channelAxis, joined)),
  ];
}

/** The products of two stacks of matrices. */
function products(a: CaseTensor, b: CaseTensor, aZero: number, bZero: number): Int32Array[] {
  const matrices = ({ dims, values }: CaseTensor, zeroPoint: number) => {
    const [rows, columns] = dims.slice(-2);
    return Array.from({ length: elementCount(dims.slice(0, -2)) }, (_, i) => ({
      rows,
      columns,
      values: values.slice(i * rows * columns, (i + 1) * rows * columns),
      zeroPoint,
    }));
  };
  const right = matrices(b, bZero);
  return matrices(a, aZero).map((matrix, i) => integerMatMul(matrix, right[i]));
}

/**
 * Runs a case on the engine. Types whose integers share bytes can't pass between JavaScript and the
 * engine: such inputs are made constants of the model, such outputs cast to whole bytes.
 */
async function engineOutputs({ model, inputs, outputs }: NodeCase): Promise<number[][]> {
  const { graph } = model;
  const packedInputs = graph.input.flatMap(({ name }, i) =>
    isPacked(inputs[i].type) ? [{ ...inputs[i].proto, name }] : [],
  );
  const given = [...graph.input.entries()].filter(([i]) => !isPacked(inputs[i].type));
  const casts = graph.output.map(({ name }, i) => {
    if (!isPacked(outputs[i].type)) return undefined;
    const dtype = outputs[i].type.startsWith('u') ? 'uint8' : 'int8';
    return {
      dtype,
      node: node('Cast', [name], [`${name}_cast`], { to: elementTypeCode(dtype) }),
    } as const;
  });
  const runnable = {
    ...model,
    graph: {
      ...graph,
      input: given.map(([, input]) => input),
      initializer: [...graph.initializer, ...packedInputs],
      node: [...graph.node, ...casts.flatMap((cast) => cast?.node ?? [])],
      output: graph.output.map((output, i) => {
        const cast = casts[i];
        return cast ? value(cast.node.output[0], cast.dtype) : output;
      }),
    },
  };
  const engine = await openEngine(encodeModel(runnable), { threads: 1 });
  try {
    const feeds = given.map(([i, { name }]) => {
      const { type, dims, values } = inputs[i];
      const arrays = {
        float32: Float32Array,
        float16: Uint16Array,
        uint8: Uint8Array,
        int8: Int8Array,
        uint16: Uint16Array,
        int16: Int16Array,
      };
      const dtype = type as keyof typeof arrays;
      return [name, new EngineTensor(dtype, arrays[dtype].from(values), dims)] as const;
    });
    const results = await engine.run(Object.fromEntries(feeds));
    return engine.outputNames.map((name) => [...(results[name].data as Tensor['data'])]);
  } finally {
    await engine.release();
  }
}
