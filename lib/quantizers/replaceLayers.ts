import type { Node } from '#lib/onnx/graph';
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
 * @throws Error if `model` is no such file or has no fully connected layer
 */
export function replaceLayers(model: Uint8Array, replacement: LayerReplacement): Uint8Array {
  const canonical = readCanonical(model);
  const { graph } = canonical;
  const constants = newConstants(graph);
  const replacements = new Map(
    linearLayers(graph).map((layer) => [layer.node, replacement(layer, constants)]),
  );
  const nodes = graph.node.flatMap((node) => replacements.get(node) ?? [node]);
  return encodeModel({ ...canonical, graph: rewriteGraph(graph, nodes, constants) });
}
