import { type Random, uniform } from '#lib/random';

/** One fully connected layer, `y = x W + b`. */
export interface Layer {
  readonly inputs: number;
  readonly outputs: number;
  /** float32, shape [inputs, outputs], row-major. */
  readonly weights: Float32Array;
  /** float32, shape [outputs]. */
  readonly bias: Float32Array;
}

/** The layers of a feed-forward network from input to output, with ReLU between them. */
export type Network = readonly Layer[];

/** Widths from input to output: `[400, 1024, 1024, 10]`. */
export function networkWidths(network: Network): number[] {
  return [network[0].inputs, ...network.map(({ outputs }) => outputs)];
}

/**
 * The network with other parameters.
 *
 * @param values weights and bias of each layer in turn, as an `Optimizer` gives them
 */
export function withParameters(network: Network, values: readonly Float32Array[]): Network {
  return network.map((layer, i) => ({
    ...layer,
    weights: values[2 * i],
    bias: values[2 * i + 1],
  }));
}

/**
 * A network before training: weights and biases evenly distributed in ±1/√inputs, which is what
 * PyTorch's `nn.Linear` starts from (`kaiming_uniform_` with a = √5).
 *
 * @param widths widths from input to output, such as `[400, 1024, 1024, 10]` (see `layerWidths`)
 */
export function initialNetwork(widths: readonly number[], random: Random): Network {
  return widths.slice(1).map((outputs, i) => {
    const inputs = widths[i];
    const bound = 1 / Math.sqrt(inputs);
    const draw = (): number => uniform(random, -bound, bound);
    return {
      inputs,
      outputs,
      weights: new Float32Array(inputs * outputs).map(draw),
      bias: new Float32Array(outputs).map(draw),
    };
  });
}
