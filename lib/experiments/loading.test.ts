import { afterEach, expect, test, vi } from 'vitest';
import { loadWithProgress } from '#lib/experiments/loading';
import { loadDataset } from '#lib/loaders/load';
import { mnistModel } from '#lib/models/spec';

vi.mock('#lib/loaders/load', () => ({ loadDataset: vi.fn() }));
const log = vi.spyOn(console, 'error').mockReturnValue();

afterEach(() => {
  log.mockClear();
});

test('a download is shown to its end', async () => {
  vi.mocked(loadDataset).mockImplementationOnce(async (_, { onProgress } = {}) => {
    await Promise.resolve();
    for (const received of [1000, 2000, 4000]) onProgress?.(received, 4000);
    return { name: 'MNIST' } as never;
  });
  expect(await loadWithProgress(mnistModel.input)).toEqual({ name: 'MNIST' });
  expect(log.mock.calls.flat()).toEqual([
    'Downloading MNIST …',
    expect.stringMatching(/^Downloading MNIST: 4,000 bytes in/),
  ]);
});

test('one that breaks off is shown as failed, and fails', async () => {
  vi.mocked(loadDataset).mockImplementationOnce(async (_, { onProgress } = {}) => {
    await Promise.resolve();
    onProgress?.(1000, 4000);
    throw new Error('disk full');
  });
  await expect(loadWithProgress(mnistModel.input)).rejects.toThrow('disk full');
  expect(log.mock.lastCall).toEqual(['Downloading MNIST: failed after 1,000 of 4,000 bytes']);
});

test('nothing is shown of data at hand', async () => {
  vi.mocked(loadDataset).mockResolvedValueOnce({ name: 'MNIST' } as never);
  await loadWithProgress(mnistModel.input);
  expect(log).not.toHaveBeenCalled();
});
