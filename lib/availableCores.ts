import { existsSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';

/**
 * Logical cores that this process may use, whole ones and at least one: those of its affinity, or fewer where
 * its container has a quota, which Node 20 doesn't look at. With more threads than that, all of them are
 * halted for the rest of a period once the quota is used up.
 *
 * @param cpuMax where the container's quota stands (cgroups v2); read anew, as it can change
 */
export function availableCores(cpuMax = '/sys/fs/cgroup/cpu.max'): number {
  const quota = existsSync(cpuMax) ? quotaCores(readFileSync(cpuMax, 'utf8')) : Infinity;
  return Math.max(1, Math.floor(Math.min(availableParallelism(), quota)));
}

/** Cores in the `cpu.max` of a cgroup: `150000 100000` is 1.5; `max 100000` is no limit. */
function quotaCores(text: string): number {
  const [quota, period] = text.trim().split(' ').map(Number);
  return quota > 0 ? quota / period : Infinity;
}
