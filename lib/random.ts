import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';

/** Source of all chance in the project: one generator, passed on, started from one seed. */
export type Random = RandomGenerator;

/** A generator (xoroshiro128+) that gives the same numbers for the same seed on every machine. */
export function seededRandom(seed: number): Random {
  return xoroshiro128plus(seed);
}

/** A number drawn evenly from [low, high). */
export function uniform(random: Random, low: number, high: number): number {
  return low + (high - low) * uniformFloat64(random);
}

/** The numbers 0 to `count - 1` in random order (Fisher-Yates). */
export function permutation(random: Random, count: number): Uint32Array {
  const order = Uint32Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const j = uniformInt(random, 0, i);
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order;
}
