import { Tensor as EngineTensor } from 'onnxruntime-node';
import { openEngine } from '#lib/evaluation/engine';
import { contribNode, importContribOperators } from '#lib/onnx/contribOperators';
import { node, value } from '#lib/onnx/graph';
import { encodeModel, makeModel, opsetVersion } from '#lib/onnx/model';
import type { ElementType, Tensor } from '#lib/onnx/tensor';

export interface Operator {
  /** As in ONNX, such as `MatMulInteger`. */
  readonly opType: string;
  /** Its integer attributes. */
  readonly integers?: Readonly<Record<string, number>>;
  /** Element types of its outputs, in order. */
  readonly outputs: readonly ElementType[];
  /** Version of the operator set that it is taken from, {@link opsetVersion} if left out. */
  readonly opset?: number;
  /** Whether it is one of those that ONNX Runtime has beside ONNX's. */
  readonly contrib?: boolean;
}

/**
 * Runs one operator once on the engine, to check our arithmetic against it.
 *
 * @returns its outputs, in order
 * @throws Error if the engine has no such operator for inputs of these types and shapes
 */
export async function runOperator(
  { opType, integers, outputs, opset = opsetVersion, contrib = false }: Operator,
  inputs: readonly Tensor[],
): Promise<Tensor[]> {
  const inputNames = inputs.map((_, i) => `input${i}`);
  const outputNames = outputs.map((_, i) => `output${i}`);
  const operator = node(opType, inputNames, outputNames, integers);
  const graph = {
    name: opType,
    input: inputs.map(({ dtype, dims }, i) => value(inputNames[i], dtype, dims)),
    output: outputs.map((dtype, i) => value(outputNames[i], dtype)),
    initializer: [],
    node: [contrib ? contribNode(operator) : operator],
  };
  const model = encodeModel({
    ...makeModel(graph),
    opsetImport: [{ domain: '', version: opset }],
  });
  const engine = await openEngine(contrib ? importContribOperators(model) : model, { threads: 1 });
  try {
    const feeds = inputs.map(({ dtype, data, dims }, i) => [
      inputNames[i],
      new EngineTensor(dtype, data, dims),
    ]);
    const results = await engine.run(Object.fromEntries(feeds) as Record<string, EngineTensor>);
    return outputNames.map((name) => {
      const { type, dims, data } = results[name];
      return { dtype: type, dims: [...dims], data } as Tensor;
    });
  } finally {
    await engine.release();
  }
}
