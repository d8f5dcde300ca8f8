import { median } from 'simple-statistics';

/** What is timed: makes one call, on the input whose turn it is, and reads the output. */
export type Subject = (turn: number) => Promise<void>;

export interface TimingOptions {
  /** Runs kept for each subject; the warm-up run before them is dropped. */
  readonly runs: number;
  /** Least length of a run, 100 ms if left out: one disturbance can't make up most of such a run. */
  readonly runMilliseconds?: number;
  /** Least number of calls in a run however slow the model, 10 if left out. */
  readonly runCalls?: number;
  /** Told after every run, warm-up included, how many of the `total` runs are done. */
  readonly onProgress?: (done: number, total: number) => void;
  /** Ends the measurement before its next call. */
  readonly signal?: AbortSignal;
}

/** The same options for one of several equal parts of a measurement: progress counts all parts. */
export function forPart(options: TimingOptions, part: number, parts: number): TimingOptions {
  return {
    ...options,
    onProgress: (done, total) => options.onProgress?.(part * total + done, parts * total),
  };
}

/**
 * Order of the subjects in each round: every round starts one subject later than the one before, so
 * that a drift of the clock, or what the subject before left in the cache, falls on all alike.
 * Three subjects, four rounds: ABC BCA CAB ABC.
 */
export function schedule(subjects: number, rounds: number): number[][] {
  return Array.from({ length: rounds }, (_, round) =>
    Array.from({ length: subjects }, (_, position) => (position + round) % subjects),
  );
}

/** Calls that make a run long enough, where one call takes `callMilliseconds`. */
export function callsPerRun(
  callMilliseconds: number,
  runMilliseconds: number,
  runCalls: number,
): number {
  return Math.max(runCalls, Math.ceil(runMilliseconds / callMilliseconds));
}

/**
 * Times the subjects in turns. A first run of each warms it up, tells how many calls make a run long
 * enough, and is dropped. Before each later run one call is made and not timed: it brings the
 * subject's weights back into the cache.
 *
 * The clock is `performance.now()`, which counts nanoseconds in Node. The event loop turns between
 * calls, so that an interrupt gets through.
 *
 * @returns for each subject the times of the single calls of each run, microseconds
 * @throws the signal's reason, once the signal is aborted
 */
export async function timeInterleaved(
  subjects: readonly Subject[],
  { runs, runMilliseconds = 100, runCalls = 10, onProgress, signal }: TimingOptions,
): Promise<number[][][]> {
  const total = subjects.length * (runs + 1);
  let done = 0;
  const run = async (subject: Subject, goesOn: (calls: number) => boolean): Promise<number[]> => {
    const times: number[] = [];
    while (goesOn(times.length)) {
      signal?.throwIfAborted();
      const start = performance.now();
      await subject(times.length);
      times.push((performance.now() - start) * 1000);
    }
    onProgress?.(++done, total);
    return times;
  };

  const calls: number[] = [];
  for (const subject of subjects) {
    const end = performance.now() + runMilliseconds;
    const times = await run(subject, (made) => made < runCalls || performance.now() < end);
    calls.push(callsPerRun(median(times) / 1000, runMilliseconds, runCalls));
  }
  const results: number[][][] = subjects.map(() => []);
  for (const round of schedule(subjects.length, runs)) {
    for (const index of round) {
      await subjects[index](0);
      results[index].push(await run(subjects[index], (made) => made < calls[index]));
    }
  }
  return results;
}
