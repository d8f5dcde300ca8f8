import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { compareTimings } from '#bench/comparisons';
import { exampleResults as results, exampleTiming as timing } from '#bench/exampleResults';
import { publishedAims } from '#bench/publishedAims';
import { publishedTable } from '#bench/publishedTable';
import { missedLimits } from '#bench/resultTables';
import { root } from '#setup/environment';

test('each side with its best that reads the same; a missed aim is called so, a slower form shown', () => {
  expect(publishedTable(results).split('\n\n')).toEqual([
    [
      '| Net | Form | Reads | Batch | Ours (µs) | PyTorch (µs) | PyTorch ÷ ours | 95 % interval | Best other ÷ ours | Aim, PyTorch on counts ÷ ours |',
      '| :-- | :-- | :-- | --: | --: | --: | --: | --: | :-- | :-- |',
      '| mnist | static-int8 | – | 1 | 20.0 | 45.0 | 2.25 | 2.25 to 2.25 | 1.05 (LiteRT) | ≥ 4: 2.25, MISSED |',
      '| sst2 | float32 | counts | 1 | 10.0 | 80.0 | 8.00 | 8.00 to 8.00 | – | – |',
      '| sst2 | float32 | words | 1 | 8.00 | 6.00 | 0.75 | 0.75 to 0.75 | – | ≥ 4: 10.00, met |',
    ].join('\n'),
    'Beside PyTorch, with the whole interval on one side of 1, ours is on 1 thread faster in 2 of 3 pairs, slower in 1. An aim holds our best, which may read words, against PyTorch on counts.',
    [
      '| Net | Threads | Training step, ours (ms) | PyTorch (ms) | PyTorch ÷ ours | 95 % interval | Peak memory, ours (MB) | PyTorch (MB) |',
      '| :-- | --: | --: | --: | --: | --: | --: | --: |',
      '| mnist | 1 | 8.00 | 9.00 | 1.13 | 1.13 to 1.13 | 200 | 550 |',
    ].join('\n'),
    expect.stringMatching(
      /^Data: MNIST \/ SST-2\. Times: median of 3 rounds, each.* Versions: ours \(Node 20\.20\.2\), PyTorch 2\.5\.1\. Machine: Example CPU, 1 core, 2026-01-31\.$/,
    ),
    'NOT TIMED: LiteRT, float32: no kernel',
  ]);
});

test('aims name the configurations, and what stands in the way of those missed', () => {
  expect(publishedAims(results).split('\n\n')).toEqual([
    [
      '| Net | Form | Batch | Ours | PyTorch, counts | Aim | Reached | 95 % interval |  |',
      '| :-- | :-- | --: | :-- | :-- | :-- | --: | --: | :-- |',
      '| mnist | static-int8 | 1 | our kernel | traced | ≥ 4 | 2.25 | 2.25 to 2.25 | MISSED |',
      '| sst2 | float32 | 1 | ours, words | PyTorch | ≥ 4 | 10.00 | 10.00 to 10.00 | met |',
    ].join('\n'),
    'Machine: Example CPU, 1 core, 2026-01-31.',
    'What stands in the way of those missed:',
    expect.stringMatching(/^- MNIST, int8, batch 1, as found on an AMD EPYC/),
  ]);
  expect(() => publishedAims({ ...results, comparisons: [] })).toThrow('PyTorch took no part');
});

test('what docs/bench.md says of missed aims is what a run prints', () => {
  const page = readFileSync(path.join(root, 'docs', 'bench.md'), 'utf8');
  const [, aims] = page.split('<!-- aims:start -->');
  const told = aims
    .split('<!-- aims:end -->')[0]
    .split('\n')
    .filter((line) => line.startsWith('- '));
  if (aims.includes('MISSED')) expect(told).not.toHaveLength(0);
  const printed = [1, 64].flatMap((batch) => {
    const missed = compareTimings([timing('ours', 2, { batch }), timing('PyTorch', 1, { batch })]);
    return missedLimits(missed).map((limit) => `- ${limit}`);
  });
  expect(printed).toHaveLength(2);
  for (const line of told) expect(printed).toContain(line);
});
