import { expect, test } from 'vitest';
import { layerCosts, modelCost, sizeMB } from '#lib/models/cost';
import {
  layerWidths,
  mnistLab1Model,
  mnistModel,
  sst2Lab1Model,
  sst2Model,
} from '#lib/models/spec';

test('parameters of the lab models', () => {
  expect(modelCost(layerWidths(mnistModel, 400)).parameters).toBe(1_470_474);
  expect(modelCost(layerWidths(sst2Model, 5000)).parameters).toBe(2_824_194);
  expect(modelCost(layerWidths(mnistLab1Model, 784)).parameters).toBe(407_050);
  expect(modelCost(layerWidths(sst2Lab1Model, 14_817)).parameters).toBe(7_587_842);
});

test('operations of the MNIST model: products, biases and ReLUs counted by hand', () => {
  const products = 2 * (409_600 + 1_048_576 + 10_240);
  const biases = 1024 + 1024 + 10;
  const relus = 1024 + 1024;
  expect(modelCost([400, 1024, 1024, 10]).flops).toBe(products + biases + relus);
});

test('the last layer has no ReLU', () => {
  expect(layerCosts([3, 2, 1])).toEqual([
    { layer: 'layer1', inputs: 3, outputs: 2, parameters: 8, flops: 12 + 2 + 2 },
    { layer: 'logits', inputs: 2, outputs: 1, parameters: 3, flops: 4 + 1 },
  ]);
});

test('a megabyte is a million bytes', () => {
  expect(sizeMB(4 * 1_470_474)).toBeCloseTo(5.88, 2);
});
