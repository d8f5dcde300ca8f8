/** How fast this machine reads memory, by the amount that is read over and over. */
export interface Bandwidth {
  readonly bytes: number;
  readonly bytesPerSecond: number;
}

/** Amounts from well inside the first cache to beyond the last of most CPUs: 16 KiB to 128 MiB. */
export const bandwidthSizes = Array.from({ length: 14 }, (_, i) => 2 ** (14 + i));

/** Repetitions of which the fastest counts: all others were disturbed. */
const repetitions = 5;
const milliseconds = 20;

/**
 * Reads arrays of these sizes again and again, on one thread: a small one stays in the caches, a large one
 * comes from memory. What reads is the C library's search for a byte that is not there (`memchr`, behind
 * `Buffer.indexOf`), which looks at every byte with vector instructions and does nothing else.
 */
export function measureBandwidth(sizes: readonly number[]): Bandwidth[] {
  const call = secondsPerSearch(Buffer.alloc(0));
  return sizes.map((bytes) => {
    const array = Buffer.alloc(bytes).fill(2); // filled, as untouched pages share one page of memory
    return { bytes, bytesPerSecond: bytes / Math.max(secondsPerSearch(array) - call, 1e-9) };
  });
}

function secondsPerSearch(array: Buffer): number {
  const batch = Math.max(1, Math.floor(1e6 / (array.length + 1000))); // searches between looks at the clock
  const once = (): number => {
    let searches = 0;
    const start = performance.now();
    do {
      for (let i = 0; i < batch; i++) array.indexOf(1);
      searches += batch;
    } while (performance.now() - start < milliseconds);
    return (performance.now() - start) / 1000 / searches;
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
