/** Told how much of the work is done, by an estimate made beforehand. */
export type CaseProgress = (done: number, total: number, note: string) => void;

export interface RunCasesOptions<Case, Result> {
  /** What was measured of the case before; it is not measured again. */
  readonly find: (one: Case) => Result | undefined;
  /**
   * Measures the case and keeps the result.
   *
   * @param onShare may be told meanwhile which share of the case is done
   */
  readonly measure: (one: Case, onShare: (share: number) => void) => Promise<Result>;
  /** Only the shares of the cases in the whole matter. */
  readonly estimatedSeconds: (one: Case) => number;
  readonly onProgress?: CaseProgress;
  /** Ends the work before the next case; what is measured by then is kept. */
  readonly signal?: AbortSignal;
}

/**
 * Measures the cases that were not measured before: work that was interrupted goes on where it stopped.
 *
 * @returns one result for each case, in their order
 * @throws the signal's reason, once the signal is aborted
 */
export async function runCases<Case, Result>(
  cases: readonly Case[],
  { find, measure, estimatedSeconds, onProgress, signal }: RunCasesOptions<Case, Result>,
): Promise<Result[]> {
  const found = cases.map(find);
  const missing = cases.filter((_, i) => found[i] === undefined);
  const total = missing.reduce((sum, one) => sum + estimatedSeconds(one), 0);
  if (missing.length === 0) onProgress?.(0, 0, 'all measured before');
  let [done, measured] = [0, 0];
  const report = (estimate: number): void => {
    onProgress?.(Math.round(estimate), Math.round(total), `${measured} of ${missing.length} cases`);
  };
  const results: Result[] = [];
  for (const [i, one] of cases.entries()) {
    const known = found[i];
    if (known !== undefined) {
      results.push(known);
      continue;
    }
    signal?.throwIfAborted();
    const seconds = estimatedSeconds(one);
    const onShare = (share: number): void => {
      report(done + share * seconds);
    };
    results.push(await measure(one, onShare));
    done += seconds;
    measured += 1;
    report(done);
  }
  return results;
}
