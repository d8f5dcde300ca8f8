import { onnx } from 'onnx-proto';
import {
  attribute,
  integerAttribute,
  isDefaultDomain,
  type Graph,
  type Node,
} from '#lib/onnx/graph';
import { decodeModel, type Model } from '#lib/onnx/model';
import { withRecentOpset } from '#lib/onnx/opset';
import { tensorRanks } from '#lib/onnx/ranks';
import { namesRead, readCounts } from '#lib/onnx/reads';
import { newConstants, rewriteGraph, type NewConstants } from '#lib/onnx/rewrite';
import {
  elementTypeCode,
  readTensor,
  tensorProto,
  type Initializer,
  type TensorOf,
} from '#lib/onnx/tensor';
import { transposed } from '#lib/quantizers/transposed';

/**
 * Reads a model and brings its fully connected layers into one form, so that the quantizers need to
 * know no other: exporters write `y = x W + b` in a dozen ways. It computes what the given model does.
 *
 * - Constants are initializers, not Constant nodes, and are read directly, not through Identity or
 *   Transpose nodes.
 * - A layer on matrices is a Gemm with constant weights, without `alpha`, `beta` and `transA`, with a
 *   bias of shape [outputs] or none: also where it was a MatMul, with or without an Add behind it.
 * - A layer on more axes, or on a number of them that can't be told, is a MatMul with constant
 *   weights [inputs, outputs], and an Add of its own for a bias.
 * - The operator set is 13 or later.
 *
 * What isn't such a layer, or not understood, stays as it came. Tensors keep their names.
 *
 * @param bytes content of an ONNX file, operator set 11 or later
 * @throws Error if `bytes` is no such file
 */
export function readCanonical(bytes: Uint8Array): Model {
  const model = withRecentOpset(decodeModel(bytes));
  return { ...model, graph: canonicalLayers(withInitializers(model.graph)) };
}

/** The graph with its Constant nodes made initializers. */
function withInitializers(graph: Graph): Graph {
  const outputs = new Set(graph.output.map(({ name }) => name));
  const constants = new Map(
    graph.node.flatMap((node) => {
      const constant = outputs.has(node.output[0]) ? undefined : constantOf(node);
      return constant ? [[node, constant] as const] : [];
    }),
  );
  return {
    ...graph,
    node: graph.node.filter((node) => !constants.has(node)),
    initializer: [...graph.initializer, ...constants.values()],
  };
}

/** What a Constant node holds, unless it is text or sparse. */
function constantOf(node: Node): Initializer | undefined {
  if (node.opType !== 'Constant' || !isDefaultDomain(node)) return undefined;
  const held = node.attribute?.at(0);
  const name = node.output[0];
  const { TENSOR, FLOAT, FLOATS } = onnx.AttributeProto.AttributeType;
  if (held?.type === TENSOR && held.t) return { ...held.t, name };
  if (held?.type !== FLOAT && held?.type !== FLOATS) return undefined;
  const data = Float32Array.from(held.type === FLOAT ? [held.f ?? 0] : (held.floats ?? []));
  return tensorProto(name, {
    dtype: 'float32',
    dims: held.type === FLOAT ? [] : [data.length],
    data,
  });
}

function canonicalLayers(graph: Graph): Graph {
  const forms: Forms = {
    constant: constantFinder(graph),
    constants: newConstants(graph),
    ranks: tensorRanks(graph),
    addBehind: biasAddFinder(graph),
  };
  const added = new Set<Node>();
  const nodes = graph.node.map((node) => {
    if (!isDefaultDomain(node)) return node;
    if (node.opType === 'Gemm') return canonicalGemm(node, forms);
    if (node.opType !== 'MatMul') return node;
    const { layer, add } = canonicalMatMul(node, forms);
    if (add) added.add(add);
    return layer;
  });
  const kept = withoutUnread(
    graph,
    nodes.filter((node) => !added.has(node)),
  );
  return rewriteGraph(graph, kept, forms.constants);
}

/** What the form of a layer depends on. */
interface Forms {
  readonly constant: (name: string) => Constant | undefined;
  readonly constants: NewConstants;
  readonly ranks: ReadonlyMap<string, number>;
  readonly addBehind: (node: Node) => Node | undefined;
}

/** A float32 constant as a node reads it. */
interface Constant {
  readonly name: string;
  readonly dims: readonly number[];
  /** Whether the node reads it with rows and columns exchanged; `dims` are those before. */
  readonly turned: boolean;
  /** Whether the model has it in this form. */
  readonly stored: boolean;
  readonly read: () => TensorOf<'float32'>;
}

function canonicalGemm(node: Node, { constant, constants }: Forms): Node {
  const [input, weightName, biasName] = node.input;
  const weight = constant(weightName);
  if (weight?.dims.length !== 2 || attribute(node, 'transA', 0) !== 0) return node;
  const isTurned = (attribute(node, 'transB', 0) !== 0) !== weight.turned;
  const outputs = weight.dims[isTurned ? 0 : 1];
  const bias = biasName ? biasVector(constant(biasName), outputs) : undefined;
  if (biasName && !bias) return node;
  const [alpha, beta] = [attribute(node, 'alpha', 1), attribute(node, 'beta', 1)];
  const inputs = [input, named(weight, alpha, constants)];
  if (bias && beta !== 0) inputs.push(named(bias, beta, constants));
  return gemm(node, inputs, isTurned);
}

/** The layer that a MatMul is, and the Add that became its bias. */
function canonicalMatMul(
  node: Node,
  { constant, constants, ranks, addBehind }: Forms,
): { layer: Node; add?: Node } {
  const [input, weightName] = node.input;
  const weight = constant(weightName);
  if (weight?.dims.length !== 2) return { layer: node };
  if (ranks.get(input) !== 2) {
    const name = weight.turned
      ? constants.add(`${weight.name}_transposed`, transposed(weight.read()))
      : weight.name;
    return { layer: { ...node, input: [input, name] } };
  }
  const add = addBehind(node);
  const biasName = add?.input.find((name) => name !== node.output[0]) ?? '';
  const bias = biasVector(constant(biasName), weight.dims[weight.turned ? 0 : 1]);
  if (!add || !bias) return { layer: gemm(node, [input, weight.name], weight.turned) };
  const inputs = [input, weight.name, named(bias, 1, constants)];
  return { layer: gemm({ ...node, output: add.output }, inputs, weight.turned), add };
}

function gemm(node: Node, input: readonly string[], isTurned: boolean): Node {
  const attribute = isTurned ? [integerAttribute('transB', 1)] : [];
  return { ...node, opType: 'Gemm', input, attribute };
}

/** A constant that is added to each row alike, as a vector; undefined if it is not such a one. */
function biasVector(bias: Constant | undefined, outputs: number): Constant | undefined {
  if (!bias || bias.turned || bias.dims.length > 2) return undefined;
  const [columns = 1, rows = 1] = bias.dims.toReversed();
  if (rows !== 1 || (columns !== 1 && columns !== outputs)) return undefined;
  if (bias.dims.length === 1 && columns === outputs) return bias;
  return {
    name: `${bias.name}_vector`,
    dims: [outputs],
    turned: false,
    stored: false,
    read: () => {
      const { dtype, data } = bias.read();
      const vector = data.length === outputs ? data : new Float32Array(outputs).fill(data[0]);
      return { dtype, dims: [outputs], data: vector };
    },
  };
}

/** The name to read a constant by, multiplied by a factor. */
function named({ name, stored, read }: Constant, factor: number, constants: NewConstants): string {
  if (factor === 1) return stored ? name : constants.add(name, read());
  const { data, ...rest } = read();
  return constants.add(`${name}_scaled`, { ...rest, data: data.map((value) => factor * value) });
}

/** Finds float32 constants by name, also behind Identity and Transpose nodes. */
function constantFinder(graph: Graph): Forms['constant'] {
  const found = new Map<string, Constant>();
  for (const initializer of graph.initializer) {
    if (initializer.dataType !== elementTypeCode('float32')) continue;
    found.set(initializer.name, {
      name: initializer.name,
      dims: (initializer.dims ?? []).map(Number),
      turned: false,
      stored: true,
      read: () => readTensor(initializer) as TensorOf<'float32'>,
    });
  }
  for (const node of graph.node) {
    const behind = passesOn(node) ? found.get(node.input[0]) : undefined;
    if (!behind) continue;
    if (node.opType === 'Identity') found.set(node.output[0], behind);
    else if (behind.dims.length === 2 && exchangesAxes(node)) {
      found.set(node.output[0], { ...behind, turned: !behind.turned });
    }
  }
  return (name) => found.get(name);
}

function passesOn(node: Node): boolean {
  return isDefaultDomain(node) && (node.opType === 'Identity' || node.opType === 'Transpose');
}

/** Whether a Transpose of a matrix exchanges its axes, as it does unless it says otherwise. */
function exchangesAxes({ attribute }: Node): boolean {
  const order = attribute?.find(({ name }) => name === 'perm')?.ints;
  return !order?.length || order.map(Number).join() === '1,0';
}

/** Finds the Add behind a node, if nothing else reads what the node gives. */
function biasAddFinder(graph: Graph): Forms['addBehind'] {
  const reads = readCounts(graph);
  const adds = new Map(
    graph.node
      .filter((node) => node.opType === 'Add' && isDefaultDomain(node))
      .flatMap((node) => node.input.map((name) => [name, node])),
  );
  return ({ output: [name] }) => (reads.get(name) === 1 ? adds.get(name) : undefined);
}

/** The nodes without those that only pass on a constant which no node reads from them any more. */
function withoutUnread(graph: Graph, nodes: readonly Node[]): Node[] {
  const read = new Set(graph.output.map(({ name }) => name));
  const kept: Node[] = [];
  for (const node of nodes.toReversed()) {
    if (passesOn(node) && !read.has(node.output[0])) continue;
    for (const name of namesRead({ node: [node] })) read.add(name);
    kept.push(node);
  }
  return kept.reverse();
}
