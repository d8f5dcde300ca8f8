import { node } from '#lib/onnx/graph';
import { decodeModel, encodeModel } from '#lib/onnx/model';

/** A model that `exportOnnx` made, with MatMul and Add in the place of Gemm. */
export function matMulForm(model: Uint8Array): Uint8Array {
  const decoded = decodeModel(model);
  const { graph } = decoded;
  const nodes = graph.node.flatMap((layer) => {
    if (layer.opType !== 'Gemm') return [layer];
    const [input, weight, bias] = layer.input;
    const [output] = layer.output;
    const product = `${output}_product`;
    return [node('MatMul', [input, weight], [product]), node('Add', [product, bias], [output])];
  });
  return encodeModel({ ...decoded, graph: { ...graph, node: nodes } });
}
