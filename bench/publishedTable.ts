import { trainingRounds } from '#bench/contest';
import { barOf } from '#bench/bars';
import { groups } from '#bench/comparisons';
import { absenceLines, factor, intervalText, verdict } from '#bench/resultTables';
import type { BenchResults, Comparison } from '#bench/results';
import { sizeMB } from '#lib/models/cost';
import { markdownTable } from '#lib/report/markdownTable';
import { significant, threadsText } from '#lib/report/numbers';
import type { Row } from '#lib/report/table';

/**
 * What the README says of a benchmark, in Markdown: a row for each form on one thread, each side with its
 * best configuration that reads the same; how often ours is faster; training and memory; what was
 * measured where, and who took no part.
 */
export function publishedTable(results: BenchResults): string {
  return [
    markdownTable(formRows(results)),
    tally(results),
    markdownTable(trainingRows(results)),
    caption(results),
    ...absenceLines(results),
  ].join('\n\n');
}

/** Comparisons of forms, without training, on so many threads, where both sides read the same. */
export function alike(comparisons: readonly Comparison[], threads: number): Comparison[] {
  return comparisons.filter(
    (one) =>
      one.threads === threads && one.case !== 'training' && one.ours.reads === one.theirs.reads,
  );
}

function formRows({ comparisons }: BenchResults): Row[] {
  const key = ({ net, batch, ours }: Comparison): string =>
    [net, batch, ours.case, ours.reads].join();
  return groups(alike(comparisons, 1), key).map((same) => {
    const { net, batch, ours } = same[0];
    const pytorch = same.find(isPyTorch);
    const others = same.filter((one) => !isPyTorch(one));
    const other = others.sort((a, b) => a.median.value - b.median.value).at(0);
    // An aim may be of another pair: on sentences, ours reading words against PyTorch reading counts.
    const pairs = comparisons.filter((one) => key(one) === key(same[0]));
    return {
      Net: net,
      Form: ours.case,
      Reads: net === 'sst2' ? ours.reads : null,
      Batch: batch,
      'Ours (µs)': significant(ours.medianMicroseconds, 3),
      'PyTorch (µs)': pytorch ? significant(pytorch.theirs.medianMicroseconds, 3) : null,
      'PyTorch ÷ ours': pytorch ? factor(pytorch.median.value) : null,
      '95 % interval': pytorch ? intervalText(pytorch.median) : null,
      'Best other ÷ ours': other ? `${factor(other.median.value)} (${other.theirs.side})` : null,
      'Aim, PyTorch on counts ÷ ours': pairs.map(aimText).find((text) => text !== undefined),
    };
  });
}

/** `≥ 2.5: 1.92, MISSED`; undefined if no aim was set. */
function aimText(comparison: Comparison): string | undefined {
  const bar = barOf(comparison);
  if (bar === undefined) return undefined;
  const { value } = comparison.median;
  return `≥ ${bar.least}: ${factor(value)}, ${verdict(value, bar.least)}`;
}

/** How often ours is faster than PyTorch, and how often slower, on each number of threads. */
function tally({ comparisons }: BenchResults): string {
  const threadCounts = [...new Set(comparisons.map(({ threads }) => threads))];
  const counts = threadCounts.map((threads) => {
    const pairs = alike(comparisons, threads).filter(isPyTorch);
    const faster = pairs.filter(({ median }) => median.interval[0] > 1).length;
    const slower = pairs.filter(({ median }) => median.interval[1] < 1).length;
    return `on ${threadsText(threads)} faster in ${faster} of ${pairs.length} pairs, slower in ${slower}`;
  });
  return (
    `Beside PyTorch, with the whole interval on one side of 1, ours is ${counts.join('; ')}. ` +
    'An aim holds our best, which may read words, against PyTorch on counts.'
  );
}

function trainingRows({ comparisons, memory }: BenchResults): Row[] {
  const trainings = comparisons.filter((one) => one.case === 'training' && isPyTorch(one));
  return trainings.map(({ net, threads, ours, theirs, median }) => {
    const peak = (side: string): string | null => {
      const found = memory.find(
        (one) => one.side === side && one.net === net && one.threads === threads,
      );
      return found ? significant(sizeMB(found.peakBytes), 3) : null;
    };
    return {
      Net: net,
      Threads: threads,
      'Training step, ours (ms)': significant(ours.medianMicroseconds / 1000, 3),
      'PyTorch (ms)': significant(theirs.medianMicroseconds / 1000, 3),
      'PyTorch ÷ ours': factor(median.value),
      '95 % interval': intervalText(median),
      'Peak memory, ours (MB)': peak('ours'),
      'PyTorch (MB)': peak('PyTorch'),
    };
  });
}

function caption({ data, rounds, machine, versions, date }: BenchResults): string {
  const sides = Object.entries(versions).filter(([name]) => name !== 'Node.js'); // the machine names it
  return (
    `Data: ${Object.values(data).join(' / ')}. Times: median of ${rounds} rounds, each of which counts with ` +
    `the median of its calls; bootstrap interval over the rounds. In training there are at most ` +
    `${trainingRounds} rounds, and the interval is little more than their range. A step of ` +
    'training has 64 rows. Peak memory: resident set of a process that holds all forms of a network. ' +
    `1 MB = 1,000,000 bytes. Versions: ${sides.map(([, version]) => version).join(', ')}. ` +
    `Machine: ${machine}, ${date}.`
  );
}

function isPyTorch({ theirs }: Comparison): boolean {
  return theirs.side === 'PyTorch';
}
