import type { Graph, Node } from '#lib/onnx/graph';
import { encodeModel } from '#lib/onnx/model';
import { newConstants, rewriteGraph, type NewConstants } from '#lib/onnx/rewrite';
import { readCanonical } from '#lib/quantizers/canonicalLayers';
import { linearLayers, type LinearLayer } from '#lib/quantizers/linearLayers';

/** The nodes that shall stand for a layer, which read `constants` and give `layer.output`. */
export type LayerReplacement = (layer: LinearLayer, constants: NewConstants) => readonly Node[];

/**
 * The model with its fully connected layers replaced and all else as it was: what every quantizer
 * does.
 *
 * @param model content of an ONNX file, operator set 11 or later
 * @returns content of the new model's file
 * @throws Error if `model` is no such file, has no fully connected layer, or uses a name that the
 *   replacement needs for another tensor
 */
export function replaceLayers(model: Uint8Array, replacement: LayerReplacement): Uint8Array {
  const canonical = readCanonical(model);
  const { graph } = canonical;
  const constants = newConstants(graph);
  const layers = linearLayers(graph);
  const replacements = new Map(layers.map((layer) => [layer.node, replacement(layer, constants)]));
  requireFreeNames(graph, layers, [...replacements.values()].flat());
  const nodes = graph.node.flatMap((node) => replacements.get(node) ?? [node]);
  return encodeModel({ ...canonical, graph: rewriteGraph(graph, nodes, constants) });
}

/** @throws Error if new nodes give a tensor that is called like one of the graph's, other than a layer's output */
function requireFreeNames(
  graph: Graph,
  layers: readonly LinearLayer[],
  nodes: readonly Node[],
): void {
  const outputs = new Set(layers.map(({ output }) => output));
  const taken = new Set([
    ...graph.node.flatMap(({ output }) => output),
    ...[...graph.input, ...graph.initializer].map(({ name }) => name),
  ]);
  const name = nodes
    .flatMap(({ output }) => output)
    .find((name) => name && taken.has(name) && !outputs.has(name));
  if (name === undefined) return;
  throw new Error(
    `The model has a tensor "${name}" already, a name that its quantized form needs: it may be ` +
      'quantized in part. Quantize the float32 model, or rename the tensor.',
  );
}
