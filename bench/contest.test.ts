import { expect, test } from 'vitest';
import { compareTimings } from '#bench/comparisons';
import { contest, type Side } from '#bench/contest';
import { startContestant, type ContestantProcess } from '#bench/contestantProcess';
import type { Case, Command, Listed } from '#bench/protocol';
import { ratioFigure } from '#bench/resultFigure';
import { absenceLines, barSummary, comparisonRows } from '#bench/resultTables';

const form = (name: string): Listed => ({ case: 'float32', name, reads: 'counts' });

/** A side whose contestants choose these classes and take so long, µs. */
function side(name: string, forms: Record<string, { classes: number[]; takes: number }>): Side {
  const all = Object.values(forms);
  const answer = (command: Command): object => {
    if (command.do === 'open') {
      return { version: `${name} 1.0`, contestants: Object.keys(forms).map(form) };
    }
    if (command.do === 'memory') return { peakBytes: 1e6 };
    const { classes, takes } = all[command.contestant];
    return command.do === 'classes' ? { classes } : { microseconds: Array(5).fill(takes) };
  };
  const ask = (command: Command) => Promise.resolve(answer(command));
  return { name, process: { ask: ask as ContestantProcess['ask'], close: () => undefined } };
}

const right = [0, 1, 2, 3];
const options = {
  net: 'mnist',
  folder: '',
  threads: 1,
  batches: [1],
  rounds: 3,
  milliseconds: 1,
} as const;
const ours = side('ours', { engine: { classes: right, takes: 10 } });

test('the best configuration of a peer is held against ours, and a missed aim is called so', async () => {
  const peer = side('PyTorch', {
    eager: { classes: right, takes: 20 },
    traced: { classes: right, takes: 13 },
  });
  const { timings, absent } = await contest([ours, peer], options);
  const comparisons = compareTimings(timings);
  expect(comparisons).toHaveLength(1);
  expect(comparisons[0].theirs.name).toBe('traced');
  expect(comparisons[0].median).toEqual({ value: 1.3, interval: [1.3, 1.3] });
  expect(comparisonRows(comparisons)[0]['Aimed at']).toBe('≥ 1.4: MISSED');
  expect(barSummary(comparisons)).toContain('0 of 1 met');
  expect(ratioFigure(comparisons, { threads: 1, subtitle: '' }).data).toMatchObject([
    { name: 'PyTorch', x: [1.3], y: ['mnist, float32, B1: engine'] },
  ]);
  expect(absent).toEqual([]);
});

test('what stands in the way of an aim is told if it is missed', async () => {
  const peer = side('PyTorch', { traced: { classes: right, takes: 30 } });
  const [comparison] = compareTimings((await contest([ours, peer], options)).timings);
  const summary = (name: Case): string => barSummary([{ ...comparison, case: name }]);
  expect(summary('static-int8')).toMatch(/0 of 1 met\.\nMNIST, int8, batch 1, as found on /);
  expect(summary('dynamic-int8')).toMatch(/1 of 1 met\.$/);
});

test('who predicts something else is not timed', async () => {
  const peer = side('PyTorch', { eager: { classes: [0, 1, 2, 2], takes: 1 } });
  const { timings, absent } = await contest([ours, peer], options);
  expect(timings.map((timing) => timing.side)).toEqual(['ours']);
  expect(absenceLines({ absent })).toEqual([
    expect.stringMatching(/^NOT TIMED: PyTorch, float32, eager: only 75.0 % of its predictions/),
  ]);
  expect(barSummary(compareTimings(timings))).toContain('PyTorch is absent');
});

test('a configuration that fails is left out with its reason, the others stay', async () => {
  const peer = side('PyTorch', {
    eager: { classes: right, takes: 20 },
    traced: { classes: right, takes: 13 },
  });
  const ask = peer.process.ask;
  const failing = ((command: Command) =>
    command.do === 'classes' && command.contestant === 1
      ? Promise.reject(new Error('no kernel'))
      : ask(command)) as typeof ask;
  const sides = [ours, { ...peer, process: { ...peer.process, ask: failing } }];
  const { timings, absent } = await contest(sides, options);
  expect(timings.map(({ name }) => name)).toEqual(['engine', 'eager']);
  expect(absenceLines({ absent })).toEqual(['NOT TIMED: PyTorch, float32, traced: no kernel']);
});

test('a round counts as one, however many calls fit in', async () => {
  const turns = [[20], [20], [10, 10, 10, 10, 10, 10, 10]];
  const ask = ours.process.ask;
  const uneven = ((command: Command) =>
    command.do === 'time'
      ? Promise.resolve({ microseconds: turns.shift() })
      : ask(command)) as typeof ask;
  const { timings } = await contest(
    [{ ...ours, process: { ...ours.process, ask: uneven } }],
    options,
  );
  expect(timings).toMatchObject([{ medianMicroseconds: 20, p95Microseconds: 20, calls: 9 }]);
});

test('our own forms must agree', async () => {
  const own = side('ours', {
    engine: { classes: right, takes: 10 },
    kernel: { classes: [3, 2, 1, 0], takes: 1 },
  });
  await expect(contest([own], options)).rejects.toThrow('ours, float32, kernel: only 0.0 %');
});

test('a peer that does not start is absent with its reason, not beaten', async () => {
  const script =
    'console.error("first line"); console.error("ImportError: no libfoo"); process.exit(1)';
  const process_ = startContestant(process.execPath, ['-e', script], process.env);
  const { timings, absent } = await contest(
    [ours, { name: 'PyTorch', process: process_ }],
    options,
  );
  expect(compareTimings(timings)).toEqual([]);
  expect(absenceLines({ absent })).toEqual([
    'ABSENT: PyTorch took no part, so nothing is said of it: ImportError: no libfoo',
  ]);
});

test('a process answers line by line, and its refusals are errors', async () => {
  const script = `
    require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => {
      const { do: name } = JSON.parse(line);
      const answer = name === 'memory' ? { peakBytes: 5 } : { error: 'no such file' };
      console.log(JSON.stringify(answer));
    });`;
  const process_ = startContestant(process.execPath, ['-e', script], process.env);
  expect(await process_.ask({ do: 'memory' })).toEqual({ peakBytes: 5 });
  await expect(process_.ask({ do: 'open', folder: '', threads: 1 })).rejects.toThrow(
    'no such file',
  );
  process_.close();
});
