/** What times of mixtures are off by, and which of them were disturbed. */
import { mean, median, sum } from 'simple-statistics';
import type { Assignment } from '#lib/sensitivity/assignment';
import type { LatencyRecord } from '#lib/sensitivity/assignmentRecords';
import { greatestSpread } from '#lib/timers/spread';

/** How many times faster than float32 an assignment is, by batch size; none where it was not timed. */
interface Timed {
  readonly assignment: Assignment;
  readonly speed: ReadonlyMap<number, { readonly timesFaster: number }>;
}

/**
 * What a measured speed is off by: float16 layers run the kernel of float32 ones, so assignments that
 * differ in nothing else are the same measurement, made several times. Pooled standard deviation of the
 * logarithms, which is a share of the speed; NaN where there are no such assignments.
 */
export function timingNoise(timed: readonly Timed[], batchSize: number): number {
  const repeated = [...sameKernels(timed, batchSize).values()].filter((logs) => logs.length > 1);
  const squares = repeated.map((logs) => {
    const center = mean(logs);
    return sum(logs.map((x) => (x - center) ** 2));
  });
  return Math.sqrt(sum(squares) / sum(repeated.map((logs) => logs.length - 1)));
}

/** Logarithms of the speeds of assignments that run the same kernels, by these kernels. */
function sameKernels(timed: readonly Timed[], batchSize: number): Map<string, number[]> {
  const groups = new Map<string, number[]>();
  for (const { assignment, speed } of timed) {
    const measured = speed.get(batchSize);
    if (!measured) continue;
    const kernels = kernelsOf(assignment);
    groups.set(kernels, [...(groups.get(kernels) ?? []), Math.log(measured.timesFaster)]);
  }
  return groups;
}

/** The same for assignments that differ in float16 against float32 alone. */
export function kernelsOf(assignment: Assignment): string {
  return assignment.join().replaceAll('float16', 'float32');
}

/** A timing this many times the noise away from its twins was disturbed, or they were. */
export const noiseLimit = 3;

/**
 * Records of which the first timing was disturbed, and which should be timed once more: runs of a call
 * spread by more than the protocol's limit, or the speed is more than three times the noise away from the
 * median of the other assignments that run the same kernels. Second timings are not looked at: the same
 * records are suspicious before and after.
 *
 * @param records of one model, all by one protocol
 */
export function suspiciousTimings(records: readonly LatencyRecord[]): LatencyRecord[] {
  const { batchSizes, spreadLimit } = records[0].protocol;
  const timed = records.map(({ assignment, latency }) => ({ assignment, speed: speeds(latency) }));
  const groups = batchSizes.map((size) => ({
    size,
    noise: timingNoise(timed, size),
    logs: sameKernels(timed, size),
  }));
  const departs = ({ assignment, speed }: Timed): boolean =>
    groups.some(({ size, noise, logs }) => {
      const own = Math.log(speed.get(size)?.timesFaster ?? NaN);
      const twins = [...(logs.get(kernelsOf(assignment)) ?? [])];
      twins.splice(twins.indexOf(own), 1);
      return twins.length > 0 && Math.abs(own - median(twins)) > noiseLimit * noise;
    });
  return records.filter(({ latency }, i) => spreadOf(latency) > spreadLimit || departs(timed[i]));
}

/**
 * The timing of a record that counts. The second one is no choice among several: it counts, unless its
 * runs spread by more than the protocol's limit, and by more than those of the first.
 */
export function countedLatency({
  latency,
  again,
  protocol,
}: LatencyRecord): LatencyRecord['latency'] {
  if (!again) return latency;
  const unsteady = spreadOf(again) > protocol.spreadLimit && spreadOf(again) > spreadOf(latency);
  return unsteady ? latency : again;
}

function spreadOf(latency: LatencyRecord['latency']): number {
  return greatestSpread(latency.flatMap(({ own, float32 }) => [own, float32]));
}

function speeds(latency: LatencyRecord['latency']): Timed['speed'] {
  return new Map(
    latency.map(({ batchSize, own, float32 }) => [
      batchSize,
      { timesFaster: float32.medianMicroseconds / own.medianMicroseconds },
    ]),
  );
}
