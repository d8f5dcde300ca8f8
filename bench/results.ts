/** What a benchmark gives: as JSON, and what table and figure are made of. */
import type { Ratio } from '#bench/ratio';
import type { Case, Reads } from '#bench/protocol';

export type Net = 'mnist' | 'sst2';

/** Who was timed. */
export interface Contender {
  /** `ours`, or the name of a peer. */
  readonly side: string;
  readonly case: Case;
  /** Configuration: `fbgemm, traced`. */
  readonly name: string;
  readonly reads: Reads;
}

/** Times of one contender in one setting. */
export interface Timing extends Contender {
  readonly net: Net;
  readonly threads: number;
  readonly batch: number;
  /** Over all calls, µs. */
  readonly medianMicroseconds: number;
  readonly p95Microseconds: number;
  readonly calls: number;
  /** Median and 95th percentile of each round, µs. */
  readonly roundMedians: readonly number[];
  readonly roundP95s: readonly number[];
}

/** Our best configuration against a peer's best, theirs ÷ ours. */
export interface Comparison {
  readonly net: Net;
  readonly case: Case;
  readonly threads: number;
  readonly batch: number;
  readonly ours: Timing;
  readonly theirs: Timing;
  /** Whether no configuration of ours is faster in this case, whatever it reads. */
  readonly isOurBest: boolean;
  readonly median: Ratio;
  readonly p95: Ratio;
}

/** Someone who takes no part, and why. */
export interface Absence {
  readonly side: string;
  /** What of it is missing: a configuration; all of it if left out. */
  readonly what?: string;
  readonly reason: string;
}

export interface Memory {
  readonly side: string;
  readonly net: Net;
  readonly threads: number;
  /** Largest resident set of the process with all of its forms of the network loaded, bytes. */
  readonly peakBytes: number;
}

export interface BenchResults {
  readonly machine: string;
  readonly versions: Readonly<Record<string, string>>;
  /** Data of each net: `MNIST`, or `generated sample (MNIST)`. */
  readonly data: Readonly<Partial<Record<Net, string>>>;
  readonly rounds: number;
  readonly timings: readonly Timing[];
  readonly comparisons: readonly Comparison[];
  readonly absent: readonly Absence[];
  readonly memory: readonly Memory[];
}
