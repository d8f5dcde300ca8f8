import { onnx } from 'onnx-proto';
import { elementTypeCode, type ElementType, type Initializer } from '#lib/onnx/tensor';

/**
 * A graph as `onnx.proto` has it, with the fields that every valid one has made certain.
 * What isn't understood here is passed through as it came.
 */
export interface Graph extends Omit<onnx.IGraphProto, 'node' | 'initializer' | 'input' | 'output'> {
  /** In an order in which each node comes after those whose outputs it reads. */
  readonly node: readonly Node[];
  /** Constant tensors: weights, biases, scales, … */
  readonly initializer: readonly Initializer[];
  readonly input: readonly Value[];
  readonly output: readonly Value[];
}

export interface Node extends Omit<onnx.INodeProto, 'input' | 'output'> {
  readonly opType: string;
  readonly input: readonly string[];
  readonly output: readonly string[];
}

export interface Value extends onnx.IValueInfoProto {
  readonly name: string;
}

/**
 * A node of the default operator set.
 *
 * @param integers its integer attributes, such as `{ axis: 1 }`
 */
export function node(
  opType: string,
  input: readonly string[],
  output: readonly string[],
  integers: Readonly<Record<string, number>> = {},
): Node {
  const attribute = Object.entries(integers).map(([name, i]) => integerAttribute(name, i));
  return { opType, name: `${output[0]}_${opType}`, input, output, attribute };
}

export function integerAttribute(name: string, i: number): onnx.IAttributeProto {
  return { name, type: onnx.AttributeProto.AttributeType.INT, i };
}

/** Whether this is ONNX's own set of operators, not an extension or functions of the model. */
export function isDefaultDomain({ domain }: { readonly domain?: string | null }): boolean {
  return !domain || domain === 'ai.onnx';
}

/** What to call a node: its name, or that of the first tensor that it gives. */
export function nodeLabel({ name, output }: Node): string {
  return name?.length ? name : output[0];
}

/** The graphs inside of a node, such as the branches of an If or the body of a Loop. */
export function innerGraphs({ attribute }: Pick<onnx.INodeProto, 'attribute'>): onnx.IGraphProto[] {
  return (attribute ?? []).flatMap(({ g, graphs }) => [...(g ? [g] : []), ...(graphs ?? [])]);
}

/** Value of a numeric attribute of a node, or `fallback` where the node doesn't have it. */
export function attribute(node: Node, name: string, fallback: number): number {
  const found = node.attribute?.find((attribute) => attribute.name === name);
  if (!found) return fallback;
  return found.type === onnx.AttributeProto.AttributeType.FLOAT
    ? (found.f ?? 0)
    : Number(found.i ?? 0);
}

/**
 * An input or output of a graph.
 *
 * @param shape sizes, or names for those that are free, such as `['batch', 400]`; left out: any
 */
export function value(
  name: string,
  dtype: ElementType,
  shape?: readonly (number | string)[],
): Value {
  const dim = shape?.map((size) =>
    typeof size === 'string' ? { dimParam: size } : { dimValue: size },
  );
  const tensorType = { elemType: elementTypeCode(dtype), ...(dim && { shape: { dim } }) };
  return { name, type: { tensorType } };
}

/** The constant tensor of this name, if the graph has one. */
export function findInitializer(graph: Graph, name: string): Initializer | undefined {
  return graph.initializer.find((initializer) => initializer.name === name);
}
