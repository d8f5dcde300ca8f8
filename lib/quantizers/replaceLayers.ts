import type { Graph, Node } from '#lib/onnx/graph';
import { encodeModel } from '#lib/onnx/model';
import { newConstants, rewriteGraph, type NewConstants } from '#lib/onnx/rewrite';
import { readCanonical } from '#lib/quantizers/canonicalLayers';
import { linearLayers, type LinearLayer } from '#lib/quantizers/linearLayers';

/** The nodes that shall stand for a layer, which read `constants` and give `layer.output`. */
export type LayerReplacement = (layer: LinearLayer, constants: NewConstants) => readonly Node[];

/** An option of every quantizer. */
export interface LayerSelection {
  /**
   * Chooses the layers to quantize; all if left out. The others stay as they are, for another quantizer
   * perhaps: `layers: ({ output }) => output !== 'logits'`.
   *
   * @param index of the layer among those that are still to be quantized, from 0
   */
  readonly layers?: (layer: LinearLayer, index: number) => boolean;
}

/**
 * The model with its fully connected layers replaced and all else as it was: what every quantizer
 * does.
 *
 * @param model content of an ONNX file, operator set 11 or later
 * @returns content of the new model's file
 * @throws Error if `model` is no such file, has no fully connected layer, or none is chosen
 */
export function replaceLayers(
  model: Uint8Array,
  replacement: LayerReplacement,
  selection: LayerSelection = {},
): Uint8Array {
  const canonical = readCanonical(model);
  const { graph } = canonical;
  const constants = newConstants(graph);
  const layers = chosenLayers(graph, selection);
  const replacements = new Map(layers.map((layer) => [layer.node, replacement(layer, constants)]));
  const freeName = freeNames(graph, constants);
  const nodes = graph.node.flatMap((node) => {
    const replaced = replacements.get(node);
    return replaced ? renamed(replaced, node.output[0], freeName) : [node];
  });
  return encodeModel({ ...canonical, graph: rewriteGraph(graph, nodes, constants) });
}

/**
 * The fully connected layers of a graph that are to be quantized, in order.
 *
 * @throws Error if there are none, or none is chosen
 */
export function chosenLayers(graph: Graph, { layers }: LayerSelection): LinearLayer[] {
  const all = linearLayers(graph);
  const chosen = layers ? all.filter(layers) : all;
  if (chosen.length > 0) return chosen;
  throw new Error(
    'No layer was chosen to be quantized. Those of this model give: ' +
      `${all.map(({ output }) => output).join(', ')}.`,
  );
}

/** The nodes of a replacement, the tensors between them called by names that are free. */
function renamed(
  nodes: readonly Node[],
  layerOutput: string,
  freeName: (name: string) => string,
): Node[] {
  const names = new Map<string, string>();
  return nodes.map((node) => {
    const input = node.input.map((name) => names.get(name) ?? name);
    for (const name of node.output) if (name !== layerOutput) names.set(name, freeName(name));
    return { ...node, input, output: node.output.map((name) => names.get(name) ?? name) };
  });
}

/** Finds a free name for a new tensor: its own, with a number before it where that is taken; always the same one. */
function freeNames(graph: Graph, constants: NewConstants): (name: string) => string {
  const taken = new Set([
    ...graph.node.flatMap(({ output }) => output),
    ...[...graph.input, ...graph.initializer, ...constants.all()].map(({ name }) => name),
  ]);
  return (name) => {
    let free = name;
    for (let copy = 2; taken.has(free); copy++) free = `${copy}.${name}`;
    return free;
  };
}
