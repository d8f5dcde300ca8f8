import type { onnx } from 'onnx-proto';
import { innerGraphs, type Graph } from '#lib/onnx/graph';

/** Names of all tensors that nodes read, also in the graphs inside of nodes such as If and Loop. */
export function namesRead({ node }: { node?: readonly ReadingNode[] | null }): string[] {
  return (node ?? []).flatMap((each) => [
    ...(each.input ?? []),
    ...innerGraphs(each).flatMap(namesRead),
  ]);
}

type ReadingNode = Pick<onnx.INodeProto, 'attribute'> & { input?: readonly string[] | null };

/** How often each tensor is read: by nodes, as in {@link namesRead}, and as an output of the graph. */
export function readCounts(graph: Pick<Graph, 'node' | 'output'>): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const name of [...namesRead(graph), ...graph.output.map(({ name }) => name)]) {
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return counts;
}
