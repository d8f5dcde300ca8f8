import { contribNode, importContribOperators } from '#lib/onnx/contribOperators';
import { node, type Graph, type Node } from '#lib/onnx/graph';
import { encodeModel, type Model } from '#lib/onnx/model';
import { readCounts } from '#lib/onnx/reads';
import type { NewConstants } from '#lib/onnx/rewrite';
import { readCanonical } from '#lib/quantizers/canonicalLayers';
import { addMapping, integerLayer, type StaticParameters } from '#lib/quantizers/integerLayer';
import { linearLayers, type LinearLayer } from '#lib/quantizers/linearLayers';
import { chosenLayers, replaceLayers, type LayerSelection } from '#lib/quantizers/replaceLayers';

/**
 * Static quantization in the form that ONNX Runtime calls QOperator. A layer `Gemm(x, W, b)` becomes
 *
 *     QGemm(QuantizeLinear(x), Wq, bq)
 *
 * an operator of ONNX Runtime that adds in int32 and gives the next layer its integers, or float32 where
 * something else reads the output. A ReLU between two layers is left out: the lowest integer stands for
 * 0, and what is below is cut off. QGemm takes matrices only: a MatMul on more axes becomes a
 * MatMulIntegerToFloat.
 *
 * @throws what {@link replaceLayers} throws
 */
export function quantizeQOperator(model: Uint8Array, parameters: StaticParameters): Uint8Array {
  // By their numbers: a layer that a ReLU is folded into gives a tensor of another name.
  const { layers = () => true } = parameters;
  const canonical = readCanonical(model);
  const chosen = linearLayers(canonical.graph).map(layers);
  const selection: LayerSelection = { layers: (_, index) => chosen[index] };
  const folded = foldRelus(canonical, parameters, selection);
  const { graph } = readCanonical(folded);
  const isInner = innerTensors(graph, chosenLayers(graph, selection));
  return importContribOperators(
    replaceLayers(
      folded,
      (layer, constants) => integerOperators(layer, constants, parameters, isInner),
      selection,
    ),
  );
}

function integerOperators(
  layer: LinearLayer,
  constants: NewConstants,
  parameters: StaticParameters,
  isInner: (tensor: string) => boolean,
): Node[] {
  const { input, output, outputAxis, bias } = layer;
  const quantizedLayer = integerLayer(layer, constants, parameters);
  const { inputMapping, weights } = quantizedLayer;
  const quantized = `${input}_quantized`;
  const quantize = node('QuantizeLinear', [input, ...inputMapping], [quantized]);
  if (layer.node.opType === 'MatMul') {
    const [[scale, zeroPoint], [values, weightScale, weightZero]] = [inputMapping, weights];
    const inputs = [quantized, values, scale, weightScale, zeroPoint, weightZero];
    return [quantize, contribNode(node('MatMulIntegerToFloat', inputs, [output]))];
  }
  const biasInput =
    bias && quantizedLayer.bias
      ? constants.add(`${bias.name}_quantized`, quantizedLayer.bias.values)
      : '';
  const inputs = [quantized, ...inputMapping, ...weights, biasInput];
  const transB = Number(outputAxis === 0);
  const gemm = isInner(output)
    ? node(
        'QGemm',
        [...inputs, ...addMapping(output, constants, parameters)],
        [`${output}_quantized`],
        { transB },
      )
    : node('QGemm', inputs, [output], { transB });
  return [quantize, contribNode(gemm)];
}

/**
 * The model without the ReLUs that quantization makes superfluous: those between layers, of which the
 * output's lowest integer stands for 0. The layer before gives the output of the ReLU itself.
 */
function foldRelus(
  model: Model,
  { activationMapping }: StaticParameters,
  selection: LayerSelection,
): Uint8Array {
  const { graph } = model;
  const layers = chosenLayers(graph, selection);
  const isInner = innerTensors(graph, layers);
  const reads = readCounts(graph);
  const relus = new Map(
    graph.node.filter(({ opType }) => opType === 'Relu').map((relu) => [relu.input[0], relu]),
  );
  const folded = new Map<Node, Node | undefined>();
  for (const { node: layerNode, output } of layers) {
    const relu = relus.get(output);
    if (!relu || reads.get(output) !== 1 || !isInner(relu.output[0])) continue;
    const { zeroPoint, integers } = activationMapping(relu.output[0]);
    if (zeroPoint !== integers.min) continue;
    folded.set(layerNode, { ...layerNode, output: relu.output });
    folded.set(relu, undefined);
  }
  const node = graph.node.flatMap((node) => (folded.has(node) ? (folded.get(node) ?? []) : [node]));
  return encodeModel({ ...model, graph: { ...graph, node } });
}

/** Tells which tensors only these layers read, as their input. */
function innerTensors(graph: Graph, layers: readonly LinearLayer[]): (tensor: string) => boolean {
  const reads = readCounts(graph);
  return (tensor) => {
    const readingLayers = layers.filter(({ input }) => input === tensor).length;
    return readingLayers > 0 && readingLayers === reads.get(tensor);
  };
}
