/** The engine's memory is not garbage-collected: what an experiment opens, it releases also when it fails. */
import { afterEach, expect, test, vi } from 'vitest';
import { openEngine } from '#lib/evaluation/engine';
import { fallbacks } from '#lib/experiments/fallback';
import { emulate } from '#lib/experiments/saturation';
import { wordLatencies } from '#lib/experiments/wordLatency';
import { measurePeaks } from '#lib/hardware/peaks';
import type { Dataset, Split } from '#lib/loaders/dataset';
import { sst2Model } from '#lib/models/spec';
import { squareModel, squareRows } from '#lib/sweep/squareModel';

vi.mock('#lib/evaluation/engine', { spy: true });
const { openEngine: open } =
  await vi.importActual<typeof import('#lib/evaluation/engine')>('#lib/evaluation/engine');
vi.spyOn(console, 'error').mockReturnValue();
afterEach(() => {
  vi.mocked(openEngine).mockReset();
});

const model = squareModel({ width: 8, depth: 2 });
const timing = { runs: 2, runMilliseconds: 1 };
const splitOf = (width: number): Split => ({
  features: { kind: 'dense', width, values: squareRows(width, 10) },
  labels: new Uint8Array(10),
});
const dataset: Dataset = {
  ...{ name: 'SST-2', origin: 'generated', classes: 8, checksum: '' },
  ...{ train: splitOf(8), test: splitOf(4) },
};

test.each<{ fails: string; error: string; opened: number; experiment: () => Promise<unknown> }>([
  {
    fails: 'margins of rows that are too short',
    error: 'rows of 8 values',
    opened: 1,
    experiment: () => fallbacks({ spec: sst2Model, model }, dataset, [], { examples: 10, seed: 1 }),
  },
  {
    fails: 'an emulation that is stopped at the engine',
    error: 'stopped',
    opened: 1,
    experiment: () => {
      const weightCase = { form: 'dynamic int8', weights: '±64' } as const;
      const input = { name: 'net', model, ranges: new Map(), test: dataset.train, weightCase };
      return emulate({ ...input, examples: 10 }, (done, total) => {
        if (done === total) throw new Error('stopped');
      });
    },
  },
  {
    fails: 'words for a model of counts',
    error: 'readWords makes it read words',
    opened: 2,
    experiment: () => {
      const variants = (['counts', 'words'] as const).map((reads) => ({ name: '', reads, model }));
      const options = { ...timing, batchSizes: [1], threads: 1 };
      return wordLatencies(variants, dataset.train.features, options);
    },
  },
  {
    fails: 'a product that the engine does not load',
    error: 'not this one',
    opened: 1,
    experiment: () => {
      vi.mocked(openEngine)
        .mockImplementationOnce(open)
        .mockRejectedValueOnce(new Error('not this one'));
      return measurePeaks(1, timing);
    },
  },
])('$fails', async ({ error, opened, experiment }) => {
  await expect(experiment()).rejects.toThrow(error);
  const sessions = vi
    .mocked(openEngine)
    .mock.settledResults.flatMap(({ type, value }) => (type === 'fulfilled' ? [value] : []));
  expect(sessions).toHaveLength(opened);
  for (const session of sessions) await expect(session.release()).rejects.toThrow('disposed');
});
