import { onnx } from 'onnx-proto';
import {
  attribute,
  innerGraphs,
  integerAttribute,
  isDefaultDomain,
  nodeLabel,
  type Graph,
  type Node,
} from '#lib/onnx/graph';
import { opsetOf, opsetVersion, type Model } from '#lib/onnx/model';
import { tensorRanks } from '#lib/onnx/ranks';
import { newConstants, rewriteGraph, type NewConstants } from '#lib/onnx/rewrite';
import type { Initializer } from '#lib/onnx/tensor';

/** The oldest operator set that can be brought to {@link opsetVersion}. */
const oldestVersion = 11;
/** Operators that take as an input in version 13 what is an attribute before. */
const attributeBecomesInput: Readonly<Record<string, string>> = {
  Squeeze: 'axes',
  Unsqueeze: 'axes',
  ReduceSum: 'axes',
  Split: 'split',
};
/** Operators that flatten their input to a matrix before version 13, and work along one axis from then on. */
const alongLastAxis = ['Softmax', 'LogSoftmax', 'Hardmax'];

/**
 * The model in operator set 13 or later, which the quantized forms of its layers need: models of
 * versions 11 and 12 are brought to 13. Which operators changed between them is what the history of
 * schemas in the `onnx` package says: Softmax, LogSoftmax, Hardmax, Squeeze, Unsqueeze, ReduceSum,
 * Split and, in version 12, Dropout; in all others only more types or more attributes are allowed.
 *
 * @throws Error if the model is older, or has an operator for which that can't be done safely
 */
export function withRecentOpset(model: Model): Model {
  const version = opsetOf(model);
  if (version >= opsetVersion) return model;
  if (version < oldestVersion) {
    throw new Error(
      `This model uses version ${version} of ONNX's operators; quantized models need version ` +
        `${oldestVersion} or later. ${howToConvert}`,
    );
  }
  const { graph } = model;
  const constants = newConstants(graph);
  const ranks = tensorRanks(graph);
  const nodes = graph.node.map((node) => {
    const lifted = liftedNode(node, version, ranks, constants);
    if (lifted && !hasChangedInside(node)) return lifted;
    throw new Error(
      `This model uses version ${version} of ONNX's operators, in which ${node.opType} (node ` +
        `"${nodeLabel(node)}") does not mean what it does in version ${opsetVersion}, ` +
        `which quantized models need. ${howToConvert}`,
    );
  });
  return {
    ...model,
    irVersion: Math.max(Number(model.irVersion ?? 0), 7), // of the file format that came with version 13
    opsetImport: model.opsetImport?.map((opset) =>
      isDefaultDomain(opset) ? { ...opset, version: opsetVersion } : opset,
    ),
    graph: rewriteGraph(graph, nodes, constants),
  };
}

const howToConvert =
  `Export it again with version ${opsetVersion} or later (opset_version in PyTorch, target_opset in ` +
  'skl2onnx, --opset in tf2onnx), or convert it with onnx.version_converter in Python.';

/** The node with its meaning in version 13; undefined if it can't be told. */
function liftedNode(
  node: Node,
  version: number,
  ranks: ReadonlyMap<string, number>,
  constants: NewConstants,
): Node | undefined {
  if (!isDefaultDomain(node)) return node;
  if (alongLastAxis.includes(node.opType)) {
    const axis = attribute(node, 'axis', 1);
    const isLast = axis === -1 || axis + 1 === ranks.get(node.input[0]);
    return isLast ? { ...node, attribute: [integerAttribute('axis', -1)] } : undefined;
  }
  if (node.opType === 'Dropout' && version < 12) {
    const [, mask] = node.output;
    if (mask) return undefined; // what it holds is another thing
    // The share that training leaves out, which became an input: without training nothing is left out.
    return { ...node, attribute: node.attribute?.filter(({ name }) => name !== 'ratio') };
  }
  const name = attributeBecomesInput[node.opType];
  const values = node.attribute?.find((attribute) => attribute.name === name)?.ints;
  if (!values?.length) return node;
  const input = constants.addStored(integerVector(`${node.output[0]}_${name}`, values.map(Number)));
  return {
    ...node,
    input: [node.input[0], input],
    attribute: node.attribute?.filter((attribute) => attribute.name !== name),
  };
}

/** Whether a graph inside of the node, such as a branch of an If, has an operator that changed. */
function hasChangedInside(node: Pick<onnx.INodeProto, 'attribute'>): boolean {
  const changed = [...alongLastAxis, ...Object.keys(attributeBecomesInput), 'Dropout'];
  return innerGraphs(node)
    .flatMap((graph) => (graph.node ?? []) as Graph['node'])
    .some((node) => changed.includes(node.opType) || hasChangedInside(node));
}

function integerVector(name: string, values: readonly number[]): Initializer {
  const data = BigInt64Array.from(values, BigInt);
  return {
    name,
    dataType: onnx.TensorProto.DataType.INT64,
    dims: [values.length],
    rawData: new Uint8Array(data.buffer),
  };
}
