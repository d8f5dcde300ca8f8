import { expect, test } from 'vitest';
import { exampleResults } from '#bench/exampleResults';
import { publishBench } from '#commands/publishBench';

test('times of the sample, a quick look, and times without PyTorch are not published', async () => {
  const publish = (change: Partial<typeof exampleResults>) =>
    publishBench({ ...exampleResults, ...change });
  await expect(publish({ generated: true })).rejects.toThrow('Run npm run bench with the real');
  await expect(publish({ quick: true })).rejects.toThrow('Run npm run bench without --quick');
  await expect(publish({ comparisons: [] })).rejects.toThrow('PyTorch took no part');
});
