import { isDefaultDomain, type Graph, type Node } from '#lib/onnx/graph';

/** Operators whose first output has as many axes as their first input. */
const keepsRank = new Set(
  (
    'Abs BatchNormalization Cast Ceil Celu Clip Concat Dropout Elu Erf Exp Floor Gelu HardSigmoid ' +
    'HardSwish Hardmax Identity LayerNormalization LeakyRelu Log LogSoftmax Mish Neg PRelu ' +
    'Reciprocal Relu Round Selu Sigmoid Sign Softmax Softplus Softsign Sqrt Tanh ThresholdedRelu ' +
    'Transpose ' +
    'Imputer Normalizer Scaler'
  ) // of the domain ai.onnx.ml
    .split(' '),
);
/** Operators with two inputs of which the smaller is broadcast. */
const broadcasts = new Set(['Add', 'Sub', 'Mul', 'Div', 'Pow', 'Max', 'Min', 'Mean', 'Sum']);

/**
 * Number of axes of each tensor where it can be told: from what the model declares, and through the
 * operators that feed-forward networks are made of.
 */
export function tensorRanks(graph: Graph): ReadonlyMap<string, number> {
  const ranks = new Map<string, number>();
  const note = (name: string, rank: number | undefined): void => {
    if (rank !== undefined && !ranks.has(name)) ranks.set(name, rank);
  };
  for (const { name, dims } of graph.initializer) note(name, dims?.length ?? 0);
  for (const { name, type } of [...graph.input, ...(graph.valueInfo ?? []), ...graph.output]) {
    note(name ?? '', type?.tensorType?.shape?.dim?.length);
  }
  for (const node of graph.node) note(node.output[0], outputRank(graph, node, ranks));
  return ranks;
}

function outputRank(
  graph: Graph,
  node: Node,
  ranks: ReadonlyMap<string, number>,
): number | undefined {
  const inputs = node.input.map((name) => ranks.get(name));
  const isKnownDomain = isDefaultDomain(node) || node.domain === 'ai.onnx.ml';
  if (isKnownDomain && keepsRank.has(node.opType)) return inputs[0];
  if (!isDefaultDomain(node)) return undefined;
  if (inputs.includes(undefined)) return undefined;
  const known = inputs.map(Number);
  if (broadcasts.has(node.opType)) return Math.max(...known);
  switch (node.opType) {
    case 'Gemm':
    case 'Flatten':
      return 2;
    case 'MatMul':
      return known.every((rank) => rank >= 2) ? Math.max(...known) : undefined;
    case 'Reshape': {
      const shape = graph.initializer.find(({ name }) => name === node.input[1]);
      return shape && Number(shape.dims?.[0] ?? 0);
    }
    default:
      return undefined;
  }
}
