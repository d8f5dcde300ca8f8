import { onnx } from 'onnx-proto';
import { attribute, isDefaultDomain, type Graph, type Value } from '#lib/onnx/graph';
import { elementCount, elementTypeCode } from '#lib/onnx/tensor';

/** An ONNX model in memory, as `onnx.proto` has it. */
export interface Model extends Omit<onnx.IModelProto, 'graph'> {
  readonly graph: Graph;
}

/**
 * Version of ONNX's operator set in the models made here: the lowest with scales per channel in
 * QuantizeLinear and DequantizeLinear, so that older engines run them too.
 */
export const opsetVersion = 13;
/** Version of the file format that came out with that operator set. */
const irVersion = 7;

/** A model of one graph, in the default operator set. */
export function makeModel(graph: Graph): Model {
  return {
    irVersion,
    producerName: 'quantization-lab',
    opsetImport: [{ domain: '', version: opsetVersion }],
    graph,
  };
}

/**
 * Reads an ONNX file. Large tensors stay where they are in `bytes`, which is never written to.
 * Constants that old writers list among the inputs too are taken as constants only.
 *
 * @throws Error if `bytes` is not an ONNX model
 */
export function decodeModel(bytes: Uint8Array): Model {
  let model: onnx.ModelProto;
  try {
    model = onnx.ModelProto.decode(bytes);
  } catch (error) {
    throw notAModel(bytes, error instanceof Error ? error.message : String(error));
  }
  if (!model.graph || model.opsetImport.length === 0) {
    throw notAModel(bytes, 'it has no graph or no operator set');
  }
  const { graph } = model;
  if (!isWhole(graph)) {
    throw notAModel(bytes, 'it has a node without operator or output, or a value without name');
  }
  if (namesOf(graph).some((name) => /\p{Cc}/u.test(name))) {
    throw notAModel(bytes, 'it has a name with control characters in it');
  }
  const constants = new Set(graph.initializer?.map(({ name }) => name));
  graph.input = graph.input?.filter(({ name }) => !constants.has(name));
  return model as Model;
}

/** Whether a graph has what {@link Graph} promises. */
function isWhole({ node, initializer, input, output }: onnx.IGraphProto): boolean {
  const values = [...(initializer ?? []), ...(input ?? []), ...(output ?? [])];
  return (
    (node ?? []).every(({ opType, output }) => opType && output?.length) &&
    values.every(({ name }) => name)
  );
}

/** Names that may be quoted in errors and tables. */
function namesOf({ node, initializer, input, output }: onnx.IGraphProto): string[] {
  const values = [...(initializer ?? []), ...(input ?? []), ...(output ?? [])];
  return [
    ...values.map(({ name }) => name ?? ''),
    ...(node ?? []).flatMap(({ name, opType, input, output }) => [
      ...[name ?? '', opType ?? ''],
      ...[...(input ?? []), ...(output ?? [])],
    ]),
  ];
}

function notAModel(bytes: Uint8Array, reason: string): Error {
  return new Error(
    `These ${bytes.length} bytes are not an ONNX model (${reason}). ` +
      'Give the whole content of an .onnx file, read as bytes.',
  );
}

/** Writes a model as an ONNX file; the same model always gives the same bytes. */
export function encodeModel(model: Model): Uint8Array {
  const written = onnx.ModelProto.encode(model as onnx.IModelProto).finish();
  return new Uint8Array(written); // a copy: in Node protobuf.js gives a Buffer, maybe in a shared pool
}

/** Version of the default operator set that the model uses. */
export function opsetOf(model: Model): number {
  return Number(model.opsetImport?.find(isDefaultDomain)?.version ?? 0);
}

const { FLOAT, FLOAT16, INT8, UINT8, INT32 } = onnx.TensorProto.DataType;
const parameterTypes: readonly unknown[] = [
  ...[FLOAT, FLOAT16, INT8, UINT8, INT32],
  ...(['int4', 'uint4'] as const).map(elementTypeCode),
];

/**
 * Number of weights and biases. Scales and zero points of a quantized model, which by convention end
 * in `_scale` and `_zero_point`, are not counted: a model keeps its parameters when it is quantized.
 * Nor is what fills up the last blocks of weights that MatMulNBits reads.
 */
export function parameterCount({ graph }: Model): number {
  const packed = new Map(
    graph.node
      .filter(({ opType }) => opType === 'MatMulNBits')
      .map((node) => [node.input[1], attribute(node, 'K', 0) * attribute(node, 'N', 0)]),
  );
  return graph.initializer
    .filter(({ name, dataType }) => parameterTypes.includes(dataType) && !isMapping(name))
    .map(({ name, dims }) => packed.get(name) ?? elementCount((dims ?? []).map(Number)))
    .reduce((sum, count) => sum + count, 0);
}

function isMapping(name: string): boolean {
  return name.endsWith('_scale') || name.endsWith('_zero_point');
}

/** What a model says about itself: the `metadata_props` of the file. */
export function metadata(model: Model): ReadonlyMap<string, string> {
  return new Map(model.metadataProps?.map(({ key, value }) => [key ?? '', value ?? '']));
}

/** The model with these entries added to its metadata, in place of any of the same keys. */
export function withMetadata(model: Model, entries: Readonly<Record<string, string>>): Model {
  const merged = new Map([...metadata(model), ...Object.entries(entries)]);
  return { ...model, metadataProps: Array.from(merged, ([key, value]) => ({ key, value })) };
}

/**
 * The model with these of its inner tensors as further outputs, of whichever type they are.
 *
 * @param bytes content of an ONNX file
 * @param names of tensors; inputs and outputs among them are passed over
 */
export function withOutputs(bytes: Uint8Array, names: readonly string[]): Uint8Array {
  const model = decodeModel(bytes);
  const { input, output } = model.graph;
  const known = new Set([...input, ...output].map(({ name }) => name));
  const added = names.filter((name) => !known.has(name)).map((name): Value => ({ name }));
  return encodeModel({ ...model, graph: { ...model.graph, output: [...output, ...added] } });
}
