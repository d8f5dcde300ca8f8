import { existsSync, readFileSync } from 'node:fs';

/**
 * The most memory that this process held, bytes. On Linux the kernel's own count for it: what `getrusage`
 * gives there is never less than what the process that started it held then.
 */
export function peakMemory(): number {
  const status = '/proc/self/status';
  const peak = existsSync(status) && /^VmHWM:\s*(\d+) kB$/m.exec(readFileSync(status, 'utf8'));
  return 1024 * (peak ? Number(peak[1]) : process.resourceUsage().maxRSS);
}
