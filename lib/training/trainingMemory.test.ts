import { expect, test } from 'vitest';
import { totalBytes, trainingMemory } from '#lib/training/trainingMemory';

const widths = [400, 1024, 1024, 10];
const parameters = 1_470_474; // of the MNIST model, as the lab counts them

test('with Adam, 16 bytes for each parameter, in float32 and in mixed precision', () => {
  const plain = trainingMemory(widths, 64, { format: 'float32', masterWeights: true });
  const mixed = trainingMemory(widths, 64, { format: 'float16', masterWeights: true });
  expect(totalBytes(plain) - plain.activations).toBe(16 * parameters);
  expect(totalBytes(mixed) - mixed.activations).toBe(16 * parameters);
  expect(plain.activations).toBe(4 * 64 * (400 + 1024 + 1024 + 10));
  expect(mixed.activations).toBe(plain.activations / 2);
  expect(mixed).toMatchObject({ weights: 2 * parameters, masterWeights: 4 * parameters });
});

test('without master weights, 12 bytes', () => {
  const memory = trainingMemory(widths, 0, { format: 'bfloat16', masterWeights: false });
  expect(totalBytes(memory)).toBe(12 * parameters);
});
