import { exportOnnx } from '#lib/models/exportOnnx';
import { encodeModel } from '#lib/onnx/model';
import { matMulForm } from '#lib/quantizers/oracle/matMulForm';
import { seededRandom, uniform } from '#lib/random';

/** A layer that strains the quantization of blocks. */
export interface BlockLayer {
  readonly name: string;
  readonly inputs: number;
  /** Shape [inputs, outputs], row-major. */
  readonly weights: readonly number[];
  readonly blockSize: 16 | 32 | 64;
}

const random = seededRandom(2024);

function draw(count: number, low: number, high: number): number[] {
  return Array.from({ length: count }, () => uniform(random, low, high));
}

/** Numbers with a step of 1 between them. */
function ramp(count: number, first: number): number[] {
  return Array.from({ length: count }, (_, i) => first + i);
}

/** The size is one that ours chooses too, where it may be smaller. */
export const blockLayers: readonly BlockLayer[] = [
  { name: 'two blocks', inputs: 32, weights: draw(96, -3, 3), blockSize: 16 },
  { name: 'a last block of 8', inputs: 40, weights: draw(80, -1e-3, 1e-3), blockSize: 16 },
  { name: 'an odd number of inputs', inputs: 35, weights: draw(70, -3, 3), blockSize: 16 },
  { name: 'a single short block', inputs: 6, weights: draw(12, -3, 3), blockSize: 16 },
  { name: 'blocks of 32', inputs: 96, weights: draw(192, -0.1, 0.2), blockSize: 32 },
  { name: 'blocks of 64', inputs: 192, weights: draw(384, -0.2, 0.1), blockSize: 64 },
  { name: 'all positive', inputs: 16, weights: draw(32, 1, 2), blockSize: 16 },
  { name: 'all negative', inputs: 16, weights: draw(32, -2, -1), blockSize: 16 },
  { name: 'all zero', inputs: 16, weights: draw(16, 0, 0), blockSize: 16 },
  {
    name: 'extremes of equal magnitude',
    inputs: 32,
    weights: ramp(32, -15.5).map((x) => x / 15.5),
    blockSize: 32,
  },
  {
    name: 'halfway between integers',
    inputs: 16,
    weights: [-8, 7, ...ramp(14, -7.5)],
    blockSize: 16,
  },
  {
    name: 'halfway between integers, affine',
    inputs: 16,
    weights: [0, 15, ...ramp(14, 0.5)],
    blockSize: 16,
  },
  { name: 'near the greatest float32', inputs: 16, weights: draw(16, 0, 3.4e38), blockSize: 16 },
];

/** A model of the layer, without a bias to speak of. */
export function blockModel({ name, inputs, weights }: BlockLayer): Uint8Array {
  const outputs = weights.length / inputs;
  const bias = new Float32Array(outputs);
  const layer = { inputs, outputs, weights: Float32Array.from(weights), bias };
  return matMulForm(encodeModel(exportOnnx([layer], name)));
}
