import type { Graph, Node } from '#lib/onnx/graph';
import { readCounts } from '#lib/onnx/reads';
import { tensorProto, type Initializer, type Tensor } from '#lib/onnx/tensor';

/** The constants that a rewritten graph needs beside those it had. */
export interface NewConstants {
  /**
   * Adds a constant, or finds it if it was added before.
   *
   * @returns the name to read it by: `name`, with a number before it where that is taken by another tensor
   */
  readonly add: (name: string, tensor: Tensor) => string;
  /** The same for a tensor that is stored already. */
  readonly addStored: (initializer: Initializer) => string;
  readonly all: () => Initializer[];
}

export function newConstants(graph: Graph): NewConstants {
  const taken = new Set([
    ...[...graph.input, ...graph.initializer].map(({ name }) => name),
    ...graph.node.flatMap(({ output }) => output),
  ]);
  const added = new Map<string, Initializer>();
  const addStored = (stored: Initializer): string => {
    for (let copy = 1; ; copy++) {
      const name = copy === 1 ? stored.name : `${copy}.${stored.name}`;
      const present = added.get(name);
      if (present ? same(present, stored) : !taken.has(name)) {
        added.set(name, { ...stored, name });
        return name;
      }
    }
  };
  return {
    add: (name, tensor) => addStored(tensorProto(name, tensor)),
    addStored,
    all: () => [...added.values()],
  };
}

function same(a: Initializer, b: Initializer): boolean {
  return (
    a.dataType === b.dataType &&
    String(a.dims) === String(b.dims) &&
    Buffer.compare(a.rawData ?? new Uint8Array(0), b.rawData ?? new Uint8Array(0)) === 0
  );
}

/**
 * The graph with other nodes and with these constants added. Of all constants those are kept that the
 * nodes read. A node that gives a tensor which an earlier one gives already is left out, so
 * that a replacement may ask for the same preparation as another one did.
 */
export function rewriteGraph(graph: Graph, nodes: readonly Node[], constants: NewConstants): Graph {
  const given = new Set<string>();
  const node = nodes.filter(({ output: [name] }) => !name || (!given.has(name) && given.add(name)));
  const read = readCounts({ ...graph, node });
  const initializer = [...graph.initializer, ...constants.all()].filter(({ name }) =>
    read.has(name),
  );
  return { ...graph, node, initializer };
}
