import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { loadDataset } from '#lib/loaders/load';
import { mnistLab1Model, mnistModel, sst2Lab1Model, sst2Model } from '#lib/models/spec';

beforeEach(() => {
  vi.stubEnv('LAB_SAMPLE', '1');
});
afterEach(() => {
  vi.unstubAllEnvs();
});

it('loads what a model reads', async () => {
  const mnist = await loadDataset(mnistModel.input);
  expect([mnist.name, mnist.train.features.width]).toEqual(['MNIST', 400]);
  const sst2 = await loadDataset(sst2Model.input);
  expect([sst2.name, sst2.train.features.width]).toEqual(['SST-2', 5000]);
  expect(sst2.train.features.kind).toBe('sparse');

  const mnistLab1 = await loadDataset(mnistLab1Model.input);
  expect([mnistLab1.name, mnistLab1.train.features.width]).toEqual(['MNIST', 784]);
  const sst2Lab1 = await loadDataset(sst2Lab1Model.input);
  expect(sst2Lab1.train.features.width).toBeLessThan(5000);
  expect(sst2Lab1.train.features.kind).toBe('sparse');
});
