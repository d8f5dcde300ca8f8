/** How fast this machine reads memory, by the amount that is read over and over. */
export interface Bandwidth {
  readonly bytes: number;
  readonly bytesPerSecond: number;
}

/** Amounts from well inside the first cache to beyond the last of most CPUs: 16 KiB to 128 MiB. */
export const bandwidthSizes = Array.from({ length: 14 }, (_, i) => 2 ** (14 + i));

/** Repetitions of which the fastest counts: all others were disturbed. */
const repetitions = 15;
/** Bytes read in one repetition at least, so that it is long against the clock and the calls. */
const bytesRead = 2e7;

/**
 * Reads amounts of these sizes again and again, on one thread: a small one stays in the caches, a large one
 * comes from memory. What reads is the C library's comparison of two equal arrays (`memcmp`, behind
 * `Buffer.compare`), which looks at every byte with vector instructions and does nothing else.
 *
 * @param sizes bytes, in rising order
 */
export async function measureBandwidth(
  sizes: readonly number[],
  signal?: AbortSignal,
): Promise<Bandwidth[]> {
  const measured: Bandwidth[] = [];
  for (const bytes of sizes) {
    signal?.throwIfAborted();
    measured.push({ bytes, bytesPerSecond: bytes / secondsToRead(bytes) });
    await new Promise(setImmediate); // lets an interrupt through
  }
  // What reads a large amount so fast reads a smaller one at least as fast: a lower value is noise.
  return measured.map(({ bytes }, i) => ({
    bytes,
    bytesPerSecond: Math.max(...measured.slice(i).map((point) => point.bytesPerSecond)),
  }));
}

function secondsToRead(bytes: number): number {
  const [half, other] = [0, 1].map(() => Buffer.alloc(bytes / 2).fill(2)); // filled: untouched pages share one
  const reads = Math.ceil(bytesRead / bytes);
  const once = (): number => {
    const start = performance.now();
    for (let i = 0; i < reads; i++) half.compare(other);
    return (performance.now() - start) / 1000 / reads;
  };
  return Math.min(...Array.from({ length: repetitions }, once));
}

/** Bandwidth for an amount between those measured, on the line between its neighbours (both axes log). */
export function bandwidthFor(measured: readonly Bandwidth[], bytes: number): number {
  const after = measured.findIndex((point) => point.bytes >= bytes);
  if (after === 0) return measured[0].bytesPerSecond;
  if (after < 0) return measured[measured.length - 1].bytesPerSecond;
  const [low, high] = [measured[after - 1], measured[after]];
  const share = Math.log(bytes / low.bytes) / Math.log(high.bytes / low.bytes);
  return low.bytesPerSecond * (high.bytesPerSecond / low.bytesPerSecond) ** share;
}
