import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { callsPerRun, forPart, schedule, timeInterleaved } from '#lib/timers/interleave';

// The clock stands still but where a call moves it, so that every time is known.
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

test('three subjects take turns, each round starting one later', () => {
  expect(schedule(3, 4)).toEqual([
    [0, 1, 2],
    [1, 2, 0],
    [2, 0, 1],
    [0, 1, 2],
  ]);
});

test('over as many rounds as subjects, each subject has each place once', () => {
  const rounds = schedule(5, 5);
  for (let place = 0; place < 5; place++) {
    expect(new Set(rounds.map((round) => round[place])).size).toBe(5);
  }
});

test('a run lasts 100 ms or 10 calls, whichever is more', () => {
  expect(callsPerRun(0.05, 100, 10)).toBe(2000);
  expect(callsPerRun(3, 100, 10)).toBe(34);
  expect(callsPerRun(50, 100, 10)).toBe(10);
});

/** A subject whose k-th call takes `milliseconds(k)`, and which notes its calls in `log`. */
function subject(log: string[], name: string, milliseconds: (k: number) => number) {
  let k = 0;
  return (): Promise<void> => {
    vi.advanceTimersByTime(milliseconds(k++));
    log.push(name);
    return Promise.resolve();
  };
}

/** `AAABBA` -> `A3 B2 A1` */
function runLengths(log: readonly string[]): string {
  return (log.join('').match(/(.)\1*/g) ?? []).map((run) => `${run[0]}${run.length}`).join(' ');
}

test('warms up, then interleaves whole runs, and keeps only the runs', async () => {
  const log: string[] = [];
  const slow = subject(log, 'A', (k) => (k < 10 ? 100 : 10));
  const quick = subject(log, 'B', (k) => (k < 15 ? 7 : 4));
  const [a, b] = await timeInterleaved([slow, quick], { runs: 3 });
  // A's warm-up: 10 calls of 100 ms, so 10 calls a run. B's: 15 of 7 ms, so ceil(100 / 7) = 15.
  // Each run is preceded by one call that isn't timed; B A meeting B A makes a longer row.
  expect(runLengths(log)).toBe('A10 B15 A11 B32 A22 B16');
  expect(a).toEqual([0, 1, 2].map(() => Array.from({ length: 10 }, () => 10_000)));
  expect(b).toEqual([0, 1, 2].map(() => Array.from({ length: 15 }, () => 4_000)));
});

test('a quick subject gets more calls', async () => {
  const [[first]] = await timeInterleaved([subject([], 'A', () => 2)], { runs: 2 });
  expect(first).toHaveLength(50);
});

test('shorter runs of fewer calls can be asked for', async () => {
  const timing = { runs: 2, runMilliseconds: 20, runCalls: 2 };
  const [slow, quick] = await timeInterleaved(
    [subject([], 'A', () => 50), subject([], 'B', () => 4)],
    timing,
  );
  expect([slow, quick].map((runs) => runs.map(({ length }) => length))).toEqual([
    [2, 2],
    [5, 5],
  ]);
});

test('progress counts every run once, over all parts of a measurement', async () => {
  const seen: string[] = [];
  const timing = {
    runs: 2,
    onProgress: (done: number, total: number) => seen.push(`${done}/${total}`),
  };
  for (const part of [0, 1]) {
    await timeInterleaved([subject([], 'A', () => 50)], forPart(timing, part, 2));
  }
  expect(seen).toEqual(['1/6', '2/6', '3/6', '4/6', '5/6', '6/6']);
});

test('an abort ends the measurement before the next call', async () => {
  const controller = new AbortController();
  const log: string[] = [];
  const call = subject(log, 'A', () => 10);
  const stopping = async (): Promise<void> => {
    await call();
    if (log.length === 40) controller.abort(new Error('interrupted'));
  };
  await expect(timeInterleaved([stopping], { runs: 5, signal: controller.signal })).rejects.toThrow(
    'interrupted',
  );
  expect(log).toHaveLength(40);
});
