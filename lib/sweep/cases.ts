/** The sweep, as data: change a number here to measure something else. */
import { permutation, seededRandom } from '#lib/random';
import type { Setting } from '#lib/records/setting';
import { spreadLimit } from '#lib/timers/spread';

/** A network of `depth` layers, each `width` × `width`, run on `batchSize` rows at a time. */
export interface SweepCase {
  readonly width: number;
  readonly depth: number;
  readonly batchSize: number;
  /** Threads of the engine. */
  readonly threads: number;
}

/** How long each case is measured. */
export interface SweepProtocol {
  /** Runs kept for each form of a network, after a dropped warm-up. */
  readonly runs: number;
  /** A run is at least this long … */
  readonly runMilliseconds: number;
  /** … and has at least so many calls. */
  readonly runCalls: number;
  /**
   * A case is timed once more if the runs of one of its models spread by more than this share of their
   * mean: something disturbed them.
   */
  readonly spreadLimit: number;
}

/** All combinations of these values. */
export interface Plane {
  readonly widths: readonly number[];
  readonly depths: readonly number[];
  readonly batchSizes: readonly number[];
  readonly threads: readonly number[];
}

export interface Sweep {
  readonly protocol: SweepProtocol;
  readonly planes: readonly Plane[];
  /** Cases with more floating-point operations in one call are left out: they take seconds each. */
  readonly flopsLimit: number;
}

export const sweeps: Readonly<Record<Setting, Sweep>> = {
  quick: {
    protocol: { runs: 3, runMilliseconds: 10, runCalls: 2, spreadLimit },
    flopsLimit: 5e9,
    planes: [
      {
        widths: [16, 64, 256, 1024, 4096],
        depths: [2],
        batchSizes: [1, 8, 64, 512],
        threads: [1],
      },
      { widths: [64, 256, 1024], depths: [1, 2, 4, 8], batchSizes: [1, 64], threads: [1] },
      { widths: [64, 256, 1024], depths: [2], batchSizes: [1, 64], threads: [2] },
    ],
  },
  full: {
    protocol: { runs: 5, runMilliseconds: 40, runCalls: 2, spreadLimit },
    flopsLimit: 2e10,
    planes: [
      {
        widths: [16, 32, 64, 128, 256, 512, 1024, 2048, 4096],
        depths: [2],
        batchSizes: [1, 2, 4, 8, 16, 32, 64, 128, 256, 512],
        threads: [1],
      },
      {
        widths: [16, 64, 256, 1024, 2048],
        depths: [1, 2, 3, 4, 6, 8],
        batchSizes: [1, 64],
        threads: [1],
      },
      {
        widths: [16, 64, 256, 1024, 4096],
        depths: [2],
        batchSizes: [1, 8, 64, 512],
        threads: [2],
      },
    ],
  },
};

/**
 * The cases of a sweep, each once, those of the same network next to each other and the networks shuffled:
 * a machine that becomes faster or slower meanwhile would else bend the curves along the width.
 *
 * @param threadLimit cases with more threads are left out: a machine with fewer cores can't show them
 */
export function sweepCases({ planes, flopsLimit }: Sweep, threadLimit: number): SweepCase[] {
  const cases = planes.flatMap(({ widths, depths, batchSizes, threads }) =>
    widths.flatMap((width) =>
      depths.flatMap((depth) =>
        batchSizes.flatMap((batchSize) =>
          threads.map((count): SweepCase => ({ width, depth, batchSize, threads: count })),
        ),
      ),
    ),
  );
  const different = new Map(cases.map((one) => [caseName(one), one]));
  const networks = new Map<string, SweepCase[]>();
  for (const one of different.values()) {
    if (flopsPerCall(one) > flopsLimit || one.threads > threadLimit) continue;
    const network = `${one.width}-${one.depth}`;
    networks.set(network, [...(networks.get(network) ?? []), one]);
  }
  const groups = [...networks.values()];
  return [...permutation(seededRandom(1), groups.length)].flatMap((i) => groups[i]);
}

/** `w1024-d2-b64-t1` */
export function caseName({ width, depth, batchSize, threads }: SweepCase): string {
  return `w${width}-d${depth}-b${batchSize}-t${threads}`;
}

/** Floating-point operations of the matrix products of one call. */
export function flopsPerCall({ width, depth, batchSize }: Omit<SweepCase, 'threads'>): number {
  return 2 * width * width * depth * batchSize;
}
