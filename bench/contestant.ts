import type { Call } from '#bench/callTimes';
import type { Listed } from '#bench/protocol';

/** A form of the network on one of our engines. */
export interface Contestant extends Listed {
  /** A call on these test rows, its input made. */
  readonly call: (rows: Uint32Array) => Call;
  /** Only for training: microseconds of some steps. */
  readonly steps?: () => Promise<number[]>;
}
