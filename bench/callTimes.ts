/** A call on one input, ready to be timed. */
export type Call = () => Float32Array | Promise<Float32Array>;

/**
 * Times single calls, on the inputs in turn, until both the time and the number of calls are reached. A
 * first call is not counted: it brings the weights back into the cache.
 *
 * @returns microseconds of each call
 */
export async function callTimes(
  inputs: readonly Call[],
  { milliseconds, calls }: { readonly milliseconds: number; readonly calls: number },
): Promise<number[]> {
  await inputs[0]();
  const times: number[] = [];
  const end = performance.now() + milliseconds;
  while (times.length < calls || performance.now() < end) {
    const call = inputs[times.length % inputs.length];
    const start = performance.now();
    await call();
    times.push((performance.now() - start) * 1000);
  }
  return times;
}
