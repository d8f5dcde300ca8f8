import { availableCores } from '#lib/availableCores';
import type { Setting } from '#lib/records/setting';
import { withProgress } from '#lib/report/progress';
import { sweepCases, sweeps } from '#lib/sweep/cases';
import { runSweep } from '#lib/sweep/runSweep';
import type { SweepRecord } from '#lib/sweep/sweepRecord';

/** {@link runSweep} with a progress display; stops when the user interrupts it, and goes on when run again. */
export function sweepWithProgress(setting: Setting): Promise<SweepRecord[]> {
  const sweep = sweeps[setting];
  const cases = sweepCases(sweep, availableCores());
  return withProgress(`Sweep over ${cases.length} cases`, 'parts', (onProgress, signal) =>
    runSweep(cases, { protocol: sweep.protocol, onProgress, signal }),
  );
}
