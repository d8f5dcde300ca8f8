import { openSession } from '#lib/evaluation/session';
import { runCases, type CaseProgress } from '#lib/records/runCases';
import { assigner, type Assignment } from '#lib/sensitivity/assignment';
import { latencyRecords, type LatencyRecord } from '#lib/sensitivity/assignmentRecords';
import type { SensitivityProtocol } from '#lib/sensitivity/cases';
import type { Original } from '#lib/sensitivity/original';
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
  { measured, model: float32, ranges, test: { features } }: Original,
  assignments: readonly Assignment[],
  { protocol, threads, directory, onProgress, signal }: TimingOptions,
): Promise<LatencyRecord[]> {
  const records = latencyRecords(directory);
  const build = assigner(float32, ranges);
  const reference = await openSession(float32, { threads });
  const open = (): Promise<typeof reference> =>
    Promise.resolve({ ...reference, release: () => Promise.resolve() }); // it stays open for all
  const latency = async (model: Uint8Array): Promise<LatencyRecord['latency']> => {
    const variants = [
      { name: 'own', model },
      { name: 'float32', model: float32, open },
    ];
    const results = await measureLatency(variants, features, { ...protocol, threads, signal });
    return protocol.batchSizes.map((batchSize, i) => {
      const [own, float32] = results.slice(2 * i, 2 * i + 2);
      return { batchSize, own, float32 };
    });
  };
  try {
    return await runCases(assignments, {
      find: (assignment) => records.find({ ...measured, assignment, protocol, threads }),
      measure: async (assignment) =>
        records.save({
          ...{ ...measured, assignment, protocol, threads },
          latency: await latency(build(assignment)),
          date: new Date().toISOString().slice(0, 10),
        }),
      estimatedSeconds: () => 1,
      onProgress,
      signal,
    });
  } finally {
    await reference.release();
  }
}
