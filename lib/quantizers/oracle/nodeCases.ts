/** ONNX's own test cases, as `node_cases.py` writes them. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { onnx } from 'onnx-proto';
import { attribute } from '#lib/onnx/graph';
import { decodeModel, type Model } from '#lib/onnx/model';
import { elementCount, readTensor } from '#lib/onnx/tensor';

/** A tensor of a case. */
export interface CaseTensor {
  readonly proto: onnx.ITensorProto;
  /** Such as `int4` or `float8e4m3fn`. */
  readonly type: string;
  readonly dims: readonly number[];
  /** Its elements; of float16 their bits. */
  readonly values: readonly number[];
}

export interface NodeCase {
  readonly name: string;
  /** Operator in lower case, also where the model holds what it expands to: `quantizelinear`. */
  readonly operator: string;
  readonly model: Model;
  /** Integer attribute of the operator. */
  readonly attribute: (name: string, fallback: number) => number;
  readonly inputs: readonly CaseTensor[];
  readonly outputs: readonly CaseTensor[];
}

/** Element types by their number in ONNX: those that onnx-proto does not name, and ours. */
const types: Readonly<Record<number, string>> = {
  1: 'float32',
  2: 'uint8',
  3: 'int8',
  4: 'uint16',
  5: 'int16',
  6: 'int32',
  10: 'float16',
  17: 'float8e4m3fn',
  19: 'float8e5m2',
  21: 'uint4',
  22: 'int4',
  23: 'float4e2m1',
  25: 'uint2',
  26: 'int2',
};

/** The cases in a folder, in the order of their names. */
export function readNodeCases(folder: string): NodeCase[] {
  return readdirSync(folder)
    .sort()
    .map((name) => {
      const file = (...parts: string[]): Uint8Array =>
        readFileSync(path.join(folder, name, ...parts));
      const tensors = (kind: 'input' | 'output', count: number): CaseTensor[] =>
        Array.from({ length: count }, (_, i) => caseTensor(file(`${kind}_${i}.pb`)));
      const model = decodeModel(file('model.onnx'));
      return {
        name,
        operator: name.split('_')[1],
        model,
        attribute: (key, fallback) => attribute(model.graph.node[0], key, fallback),
        inputs: tensors('input', model.graph.input.length),
        outputs: tensors('output', model.graph.output.length),
      };
    });
}

/** Whether elements of a type share a byte. */
export function isPacked(type: string): boolean {
  return /^u?int[24]$/.test(type);
}

function caseTensor(bytes: Uint8Array): CaseTensor {
  const proto = onnx.TensorProto.decode(bytes);
  const type = types[proto.dataType];
  const dims = proto.dims.map(Number);
  if (isPacked(type)) return { proto, type, dims, values: unpacked(proto, type, dims) };
  const isFloat8or4 = /^float[48]/.test(type);
  return { proto, type, dims, values: isFloat8or4 ? [] : [...readTensor(proto).data] };
}

/** Integers of 2 or 4 bits; the first ones are in the lower bits of a byte. */
function unpacked(proto: onnx.TensorProto, type: string, dims: readonly number[]): number[] {
  const bits = Number(type.at(-1));
  const bytes = proto.rawData.length > 0 ? proto.rawData : proto.int32Data;
  return Array.from({ length: elementCount(dims) }, (_, i) => {
    const byte = bytes[Math.floor((i * bits) / 8)];
    const left = byte << (32 - bits - ((i * bits) % 8));
    return type.startsWith('u') ? left >>> (32 - bits) : left >> (32 - bits);
  });
}
