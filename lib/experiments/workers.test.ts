import { setTimeout } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { withWorkers, type RunTask } from '#lib/experiments/workers';
import { separable, tinyModel } from '#lib/models/exampleTraining';
import { train } from '#lib/models/train';

const spec = { ...tinyModel, epochs: 1 };
const dataset = separable(40);

test('each of three seeds trains to the same bits as here, in whichever process', async () => {
  const seeds = [1, 2, 3];
  const there = await withWorkers('Training', 'steps', (run) =>
    Promise.all(seeds.map((seed) => run('train', { spec, dataset, seed }))),
  );
  for (const [i, seed] of seeds.entries()) {
    expect(there[i]).toEqual(await train(spec, dataset, { seed }));
  }
}, 60_000);

test('a task that fails there fails here with its own error, and the next is done', async () => {
  const wrong = { ...spec, input: { dataset: 'SST-2', vocabulary: 7 } } as const;
  const both = (run: RunTask): Promise<PromiseSettledResult<unknown>[]> =>
    Promise.allSettled(
      [wrong, wrong, spec].map((each) => run('train', { spec: each, dataset, seed: 1 })),
    );
  const [first, second, third] = await withWorkers('Training', 'steps', both);
  for (const failed of [first, second]) {
    expect(failed).toMatchObject({ status: 'rejected', reason: { name: 'RangeError' } });
  }
  expect(third.status).toBe('fulfilled');
}, 60_000);

test('a branch that asks once all is over gets no worker, which nobody would stop', async () => {
  let late: Promise<unknown> | undefined;
  const failing = withWorkers('Training', 'steps', (run) => {
    late = setTimeout(10).then(() => run('train', { spec, dataset, seed: 1 }));
    return Promise.reject(new Error('another branch failed'));
  });
  await expect(failing).rejects.toThrow('another branch failed');
  await expect(late).rejects.toThrow('Training: asked after the workers had been stopped');
});

test('is stopped by the user', async () => {
  const endless = { ...spec, epochs: 1_000_000 };
  const stopped = withWorkers('Training', 'steps', (run) =>
    run('train', { spec: endless, dataset, seed: 1 }),
  );
  void setTimeout(500).then(() => process.emit('SIGINT'));
  await expect(stopped).rejects.toThrow('stopped by the user');
}, 60_000);
