import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { runSweep } from '#lib/sweep/runSweep';
import { forms } from '#lib/sweep/squareModel';
import type { VariantLatency } from '#lib/timers/latency';

const { measureLatency } = vi.hoisted(() => ({ measureLatency: vi.fn() }));
vi.mock(import('#lib/timers/latency'), () => ({ measureLatency }));

const directory = mkdtempSync(join(tmpdir(), 'sweep-'));
afterEach(() => {
  measureLatency.mockReset();
  rmSync(directory, { recursive: true, force: true });
});

/** Times of all forms and of the call alone; the runs of static int8 spread by this share. */
function timing(median: number, spread: number): Promise<VariantLatency[]> {
  const one = (name: string): VariantLatency => ({
    ...{ name, batchSize: 1, runsMicroseconds: [100], meanMicroseconds: 100 },
    stdMicroseconds: name === 'static int8' ? 100 * spread : 1,
    ...{ medianMicroseconds: median, p95Microseconds: 100, n: 10 },
  });
  return Promise.resolve([...forms, 'overhead'].map(one));
}

const protocol = { runs: 2, runMilliseconds: 1, runCalls: 2, spreadLimit: 0.15 };
const cases = [{ width: 8, depth: 1, batchSize: 1, threads: 1 }];

test.each([
  { spreads: [0.1], timings: 1, kept: 1 },
  { spreads: [0.3, 0.2], timings: 2, kept: 2 },
  { spreads: [0.2, 0.3], timings: 2, kept: 1 },
])('of runs that spread by $spreads, timing $kept is kept', async ({ spreads, timings, kept }) => {
  spreads.forEach((spread, i) => measureLatency.mockReturnValueOnce(timing(i + 1, spread)));
  const [{ latency, overhead }] = await runSweep(cases, { protocol, directory });
  expect(measureLatency).toHaveBeenCalledTimes(timings);
  expect(latency['static int8'].medianMicroseconds).toBe(kept);
  expect(overhead.medianMicroseconds).toBe(kept);
});
