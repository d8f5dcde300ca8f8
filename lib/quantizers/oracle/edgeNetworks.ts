import type { Layer, Network } from '#lib/models/network';
import { seededRandom, uniform } from '#lib/random';

/** A small network that strains a quantizer, and batches to calibrate it with. */
export interface EdgeNetwork {
  readonly name: string;
  readonly network: Network;
  /** Of {@link edgeRows} rows each, row-major. */
  readonly batches: readonly Float32Array[];
}

/** Rows in each batch. */
export const edgeRows = 5;

const random = seededRandom(2024);

function draw(count: number, low = -1, high = 1): Float32Array {
  return Float32Array.from({ length: count }, () => uniform(random, low, high));
}

function layers(widths: readonly number[], spread = 1): Layer[] {
  return widths.slice(1).map((outputs, i) => {
    const inputs = widths[i];
    const bound = spread / Math.sqrt(inputs);
    const weights = draw(inputs * outputs, -bound, bound);
    return { inputs, outputs, weights, bias: draw(outputs, -0.1, 0.1) };
  });
}

/** The network, drawn at random from input to output, with some numbers of its first layer replaced. */
function network(
  widths: readonly number[],
  { spread = 1, ...first }: Partial<Layer> & { spread?: number } = {},
): Network {
  const [drawn, ...rest] = layers(widths, spread);
  return [{ ...drawn, ...first }, ...rest];
}

function batch(width: number, low = -1, high = 1): Float32Array {
  return draw(edgeRows * width, low, high);
}

/** 2^-139, a subnormal number of float32. */
const subnormal = 2 ** -139;

export const edgeNetworks: readonly EdgeNetwork[] = [
  {
    name: 'ordinary, three layers',
    network: network([7, 6, 5, 3]),
    batches: [batch(7), batch(7, -2, 0.5)],
  },
  { name: 'one layer', network: network([9, 4]), batches: [batch(9, 0, 1)] },
  ...[1e-4, 1e-2, 1e2, 1e4].map((spread, i) => ({
    name: `weights within ${spread}`,
    network: network([3 + i, 8 - i, 2 + i], { spread }),
    batches: [batch(3 + i, -(10 ** (i - 3)), 10 ** (2 - i))],
  })),
  {
    name: 'weights and activations all zero',
    // The ReLU after such a bias gives only zeros.
    network: network([4, 3, 2], { weights: new Float32Array(12), bias: draw(3, -2, -1) }),
    batches: [batch(4)],
  },
  { name: 'input all zero', network: network([4, 3, 2]), batches: [batch(4, 0, 0)] },
  { name: 'input all negative', network: network([4, 3, 2]), batches: [batch(4, -9, -5)] },
  {
    name: "one output's weights all zero",
    network: network([4, 3, 2], { weights: draw(12).map((x, i) => (i % 3 === 1 ? 0 : x)) }),
    batches: [batch(4)],
  },
  {
    name: 'subnormal weights',
    network: network([4, 3], { weights: draw(12, 0, subnormal), bias: new Float32Array(3) }),
    batches: [batch(4)],
  },
  {
    name: 'weights near the greatest float32',
    network: network([3, 2], { weights: Float32Array.of(3e38, 1e30, -3.4e38, 2e38, 0, -1e-38) }),
    batches: [batch(3, 0, 0.1)],
  },
  {
    name: 'input range beyond float32',
    network: network([3, 2], { spread: 1e-3 }),
    batches: [batch(3, -3e38, 3e38)],
  },
  {
    name: 'weights halfway between integers',
    network: network([6, 2], {
      weights: Float32Array.of(127, 64, 0.5, 1.5, 2.5, -0.5, -1.5, -2.5, 63.5, 31.5, -126.5, -32.5),
    }),
    batches: [batch(6)],
  },
  {
    name: 'bias beyond int32 beside its weights',
    network: network([5, 3, 2], {
      weights: draw(15, -1e-12, 1e-12),
      bias: Float32Array.of(1.5, -40, 0),
    }),
    batches: [batch(5)],
  },
];
