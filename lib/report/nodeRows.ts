import { findInitializer } from '#lib/onnx/graph';
import { decodeModel } from '#lib/onnx/model';
import { readTensor } from '#lib/onnx/tensor';
import type { Row } from '#lib/report/table';

/** The nodes of a model as rows of a table; constants with their element type and shape. */
export function nodeRows(model: Uint8Array): Row[] {
  const { graph } = decodeModel(model);
  const described = (name: string): string => {
    const constant = findInitializer(graph, name);
    if (!constant) return name;
    const { dtype, dims } = readTensor(constant);
    return `${name}: ${dtype} [${dims.join(', ')}]`;
  };
  return graph.node.map(({ opType, input, output }) => ({
    Operator: opType,
    Reads: input.map(described).join('; '),
    Gives: output.join('; '),
  }));
}
