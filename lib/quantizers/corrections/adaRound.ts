import { Tensor } from 'onnxruntime-node';
import { openEngine } from '#lib/evaluation/engine';
import type { IntegerRange } from '#lib/mapping/integerRange';
import { node, value } from '#lib/onnx/graph';
import { encodeModel, makeModel } from '#lib/onnx/model';
import { readCanonical } from '#lib/quantizers/canonicalLayers';
import { innerTensors, keepBatches, type Batches } from '#lib/quantizers/innerTensors';
import { linearLayers } from '#lib/quantizers/linearLayers';
import { replaceParameters } from '#lib/quantizers/replaceParameters';
import {
  roundedWeights,
  roundingProblem,
  type RoundingProblem,
} from '#lib/quantizers/corrections/roundingProblem';
import { roundingOptimizer } from '#lib/quantizers/corrections/roundingOptimizer';
import { permutation, seededRandom } from '#lib/random';

export interface AdaRoundOptions extends LearningOptions {
  /**
   * What the weights shall become, symmetrically: `integerRange({ bits: 3, signed: true })`, or
   * `{ min: -64, max: 64 }` for the int8 quantizers with their default reduced range.
   */
  readonly integers: IntegerRange;
}

export interface LearningOptions {
  /** Chooses the examples of each step. */
  readonly seed: number;
  /** Told after each step how many of how many are done, over all layers. */
  readonly onStep?: (done: number, total: number) => void;
}

/** Of Adam, for each layer. */
const steps = 200;
/** Examples in a step. */
const batchSize = 64;
/** Of Adam: about how far an α moves in a step, which may have to go from -2.4 to 2.4. */
const learningRate = 0.1;
/** Weight of the term that makes roundings binary. */
const lambda = 0.01;

/**
 * AdaRound: rounds each weight up or down so that a layer's output changes least, not the weight
 * itself (Nagel et al., Up or Down? Adaptive Rounding for Post-Training Quantization, 2020, arXiv
 * 2004.10568). Errors of the weights of one output then make up for each other on the inputs that
 * really come. The roundings h(α) between 0 (down) and 1 (up) are learned by Adam:
 *
 *     W_q = s · (floor(W / s) + h(α)),      h(α) = clip(1.2 · sigmoid(α) − 0.1, 0, 1)
 *     loss = mean ‖W x − W_q x‖² + λ Σ (1 − |2 h(α) − 1|^β)
 *
 * The sum, absent in the first fifth of the steps, drives each h to 0 or 1: β falls from 20 to 2 along
 * a cosine. Each layer has one scale, that of min-max, and its greatest weight keeps its place at the end
 * of the integers, so that a quantizer that works by min-max finds the same scale and integers again:
 * {@link fakeQuantize} with the same bits changes nothing, and the int8 quantizers use these roundings.
 *
 * Inputs x are those that the layer gets with the layers before it rounded, for W and W_q alike. On the
 * MNIST network with 2 bits that was better (93 % of the test images, in a trial) than inputs of the
 * float32 model (88 %). To aim at the outputs of the float32 model from inputs of the rounded one, the
 * paper's asymmetric reconstruction, was no better either (another trial: 82 % against 90 %). What is
 * compared is the output before the ReLU. Weights of inputs that are 0 in all examples, such as of rare
 * words, are rounded to nearest.
 *
 * AIMET takes 10,000 steps of Adam at 0.001. Here they are 200 at 0.1, which can go twice as far: a
 * layer of 1024 · 1024 weights then takes a second or two on one core. It is not the end of what can be
 * had: with 2 bits, where most depends on it, 100 steps gave 85 % and 200 steps 93 to 95 %.
 *
 * The same model, examples and options give the same weights on the same machine.
 *
 * @param model content of an ONNX file, operator set 11 or later
 * @param batches calibration examples
 * @returns content of a float32 model's file, whose weights are multiples of their layer's scale
 * @throws Error if `model` is no such file or has no fully connected layer, or there are no batches
 */
export async function adaRound(
  model: Uint8Array,
  batches: Batches<Float32Array>,
  { integers, seed, onStep }: AdaRoundOptions,
): Promise<Uint8Array> {
  const layers = linearLayers(readCanonical(model).graph);
  const examples = await keepBatches(batches);
  /** By the name of a layer's output. */
  const rounded = new Map<string, Float32Array>();
  const current = (): Uint8Array =>
    replaceParameters(model, 'rounded', ({ output }) => ({ weight: rounded.get(output) }));
  for (const [i, layer] of layers.entries()) {
    const inputs: Float32Array[] = [];
    const tensors = innerTensors(current(), [layer.input], examples);
    for await (const [part] of tensors) inputs.push(part);
    const problem = roundingProblem(layer, inputs, integers);
    await learnRoundings(problem, {
      seed,
      onStep: (step) => onStep?.(i * steps + step, layers.length * steps),
    });
    rounded.set(layer.output, roundedWeights(problem));
  }
  return current();
}

/** Learns the `alphas` of a problem, in place. */
export async function learnRoundings(
  problem: RoundingProblem,
  { seed, onStep }: LearningOptions,
): Promise<void> {
  const { rows, inputs, outputs, x } = problem;
  const optimizer = await roundingOptimizer(problem, { learningRate });
  const random = seededRandom(seed);
  const size = Math.min(batchSize, rows);
  const batch = new Float32Array(size * inputs);
  const weights = [inputs, outputs];
  const feeds = {
    x: new Tensor('float32', batch, [size, inputs]),
    d: new Tensor('float32', optimizer.changes, weights),
  };
  const into = { gradient: new Tensor('float32', optimizer.gradient, weights) };
  const engine = await openEngine(gradientModel(inputs, outputs), { threads: 1 });
  try {
    let order: Uint32Array = permutation(random, rows);
    for (let step = 0; step < steps; step++) {
      if (order.length < size) order = permutation(random, rows);
      order.subarray(0, size).forEach((row, i) => {
        batch.set(x.subarray(row * inputs, (row + 1) * inputs), i * inputs);
      });
      order = order.subarray(size);
      await engine.run(feeds, into);
      optimizer.step({ rows: size, progress: step / steps, lambda });
      onStep?.(step + 1, steps);
    }
    problem.alphas.set(optimizer.alphas);
  } finally {
    await engine.release();
  }
}

/** `X' (X D)`: half the gradient of ‖X D‖², by the changes D of the weights. */
function gradientModel(inputs: number, outputs: number): Uint8Array {
  return encodeModel(
    makeModel({
      name: 'gradient',
      input: [value('x', 'float32', ['rows', inputs]), value('d', 'float32', [inputs, outputs])],
      output: [value('gradient', 'float32', [inputs, outputs])],
      initializer: [],
      node: [
        node('Gemm', ['x', 'd'], ['error']),
        node('Gemm', ['x', 'error'], ['gradient'], { transA: 1 }),
      ],
    }),
  );
}
