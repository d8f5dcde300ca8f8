import { Tensor as EngineTensor } from 'onnxruntime-node';
import { argmaxRows, differingRows } from '#lib/evaluation/accuracy';
import { openEngine, type EngineOptions } from '#lib/evaluation/engine';
import { onlyInput } from '#lib/evaluation/engineMatrix';
import type { Graph } from '#lib/onnx/graph';
import { decodeModel, withOutputs } from '#lib/onnx/model';
import type { TensorOf } from '#lib/onnx/tensor';
import { quantizationError, type QuantizationError } from '#lib/mapping/error';

/** A tensor that both models compute. */
export interface ComparedTensor extends QuantizationError {
  readonly name: string;
  /** Operator that gives it in the first model. */
  readonly operator: string;
}

/** An output of both models. */
export interface ComparedOutput extends QuantizationError {
  readonly name: string;
  /** Rows along the last axis, of which each has its greatest number somewhere. */
  readonly rows: number;
  /** Rows whose greatest number is elsewhere in the second model: predictions that changed. */
  readonly changed: number;
}

export interface ModelComparison {
  /** In the order of the first model. */
  readonly tensors: readonly ComparedTensor[];
  readonly outputs: readonly ComparedOutput[];
}

/**
 * Compares a quantized model with the one that it was made of, tensor by tensor: what ONNX Runtime's
 * `qdq_loss_debug` calls the error of the whole model up to there (`xmodel_err`). Tensors are matched by
 * name; the ratio is `20 · log10(‖x‖ / ‖x − y‖)`, in dB. Outputs are compared with nothing else read
 * from the engine, which may then join more operators.
 *
 * @param input for the only input of both models
 * @throws Error if a model has other inputs, can't be run, or they have no output in common
 */
export async function compareModels(
  original: Uint8Array,
  quantized: Uint8Array,
  input: TensorOf<'float32'>,
  options: EngineOptions,
): Promise<ModelComparison> {
  const graphs = [original, quantized].map((model) => decodeModel(model).graph);
  const inBoth = new Set(givenBy(graphs[1]));
  const names = givenBy(graphs[0]).filter((name) => inBoth.has(name));
  const inner = await Promise.all(
    [original, quantized].map((model) => floats(withOutputs(model, names), input, options)),
  );
  const outer = await Promise.all(
    [original, quantized].map((model) => floats(model, input, options)),
  );
  const outputs = pairs(
    graphs[0].output.map(({ name }) => name),
    outer,
  );
  if (outputs.length === 0) {
    throw new Error(
      'These models have no float32 output of the same name and shape: nothing to compare.',
    );
  }
  const operators = new Map(
    graphs[0].node.flatMap(({ opType, output }) => output.map((name) => [name, opType])),
  );
  return {
    tensors: pairs(names, inner).map(({ name, x, y }) => ({
      name,
      operator: operators.get(name) ?? '',
      ...quantizationError(x.data, y.data),
    })),
    outputs: outputs.map(({ name, x, y }) => ({
      name,
      ...changedRows(x, y),
      ...quantizationError(x.data, y.data),
    })),
  };
}

function givenBy({ node }: Graph): string[] {
  return node.flatMap(({ output }) => output).filter(Boolean);
}

type Floats = ReadonlyMap<string, TensorOf<'float32'>>;

/** The float32 outputs of a model. */
async function floats(
  model: Uint8Array,
  { data, dims }: TensorOf<'float32'>,
  options: EngineOptions,
): Promise<Floats> {
  const engine = await openEngine(model, options);
  try {
    const { name } = onlyInput(engine);
    const outputs = await engine.run({ [name]: new EngineTensor('float32', data, dims) });
    return new Map(
      Object.entries(outputs)
        .filter(([, { type, size }]) => type === 'float32' && size > 0)
        .map(([name, { dims, data }]) => [
          name,
          { dtype: 'float32', dims, data: data as Float32Array },
        ]),
    );
  } finally {
    await engine.release();
  }
}

/** The tensors of these names that both have in the same shape. */
function pairs(names: readonly string[], [xs, ys]: readonly Floats[]): Pair[] {
  return names.flatMap((name) => {
    const [x, y] = [xs.get(name), ys.get(name)];
    return x && y && String(x.dims) === String(y.dims) ? [{ name, x, y }] : [];
  });
}

interface Pair {
  readonly name: string;
  readonly x: TensorOf<'float32'>;
  readonly y: TensorOf<'float32'>;
}

function changedRows(
  x: TensorOf<'float32'>,
  y: TensorOf<'float32'>,
): { rows: number; changed: number } {
  const width = x.dims.at(-1) ?? 1;
  const [before, after] = [x, y].map(({ data }) => argmaxRows(data, width));
  return { rows: before.length, changed: differingRows(before, after) };
}
