import { openSession } from '#lib/evaluation/session';
import { today } from '#lib/hardware/measuredOn';
import { runCases, type CaseProgress } from '#lib/records/runCases';
import { assigner, type Assignment } from '#lib/sensitivity/assignment';
import { latencyRecords, type LatencyRecord } from '#lib/sensitivity/assignmentRecords';
import type { SensitivityProtocol } from '#lib/sensitivity/cases';
import type { Original } from '#lib/sensitivity/original';
import { suspiciousTimings } from '#lib/sensitivity/timingNoise';
import { measureLatency } from '#lib/timers/latency';

export interface TimingOptions {
  readonly protocol: SensitivityProtocol;
  readonly threads: number;
  /** Where records are kept; `build/sensitivity` if left out. */
  readonly directory?: string;
  readonly onProgress?: CaseProgress;
  /** Ends the work; what is measured by then is kept. */
  readonly signal?: AbortSignal;
}

/**
 * How long a call takes with each assignment, in turns with the float32 model. Kept and resumed as in
 * `predictAssignments`. Nothing else may run meanwhile.
 *
 * @returns one record for each assignment, in their order
 * @throws the signal's reason, once the signal is aborted
 */
export async function timeAssignments(
  original: Original,
  assignments: readonly Assignment[],
  options: TimingOptions,
): Promise<LatencyRecord[]> {
  const { protocol, threads, directory, onProgress, signal } = options;
  const records = latencyRecords(directory);
  const key = (assignment: Assignment): Omit<LatencyRecord, 'latency' | 'date'> => ({
    ...original.measured,
    ...{ assignment, protocol, threads },
  });
  return withTimer(original, options, (time) =>
    runCases(assignments, {
      find: (assignment) => records.find(key(assignment)),
      measure: async (assignment) =>
        records.save({ ...key(assignment), latency: await time(assignment), date: today() }),
      estimatedSeconds: () => 1,
      onProgress,
      signal,
    }),
  );
}

/**
 * Times suspicious records once more: see `suspiciousTimings`. Both timings are kept.
 *
 * @param timed all records of one model
 * @returns the same with their second timings, in their order
 * @throws the signal's reason, once the signal is aborted
 */
export async function timeSuspiciousAgain(
  original: Original,
  timed: readonly LatencyRecord[],
  options: TimingOptions,
): Promise<LatencyRecord[]> {
  const { directory, onProgress, signal } = options;
  const records = latencyRecords(directory);
  const suspicious = new Set(suspiciousTimings(timed));
  return withTimer(original, options, (time) =>
    runCases(timed, {
      find: (record) => (record.again || !suspicious.has(record) ? record : undefined),
      measure: async (record) =>
        records.save({ ...record, again: await time(record.assignment), date: today() }),
      estimatedSeconds: () => 1,
      onProgress,
      signal,
    }),
  );
}

type Timer = (assignment: Assignment) => Promise<LatencyRecord['latency']>;

/** Lends what times a mixture beside the float32 model, which stays open meanwhile. */
async function withTimer<T>(
  { model: float32, ranges, test: { features } }: Original,
  { protocol, threads, signal }: TimingOptions,
  use: (time: Timer) => Promise<T>,
): Promise<T> {
  const build = assigner(float32, ranges);
  const reference = await openSession(float32, { threads });
  const open = (): Promise<typeof reference> =>
    Promise.resolve({ ...reference, release: () => Promise.resolve() }); // it stays open for all
  try {
    return await use(async (assignment) => {
      const variants = [
        { name: 'own', model: build(assignment) },
        { name: 'float32', model: float32, open },
      ];
      const results = await measureLatency(variants, features, { ...protocol, threads, signal });
      return protocol.batchSizes.map((batchSize, i) => {
        const [own, beside] = results.slice(2 * i, 2 * i + 2);
        return { batchSize, own, float32: beside };
      });
    });
  } finally {
    await reference.release();
  }
}
