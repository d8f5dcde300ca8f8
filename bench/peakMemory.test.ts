import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { peakMemory } from '#bench/peakMemory';

test('is that of the process itself, not of the one that started it', () => {
  const held = Buffer.alloc(400e6, 1);
  const code = "console.log(require('#bench/peakMemory').peakMemory())";
  const own = Number(execFileSync(process.execPath, ['--import', 'tsx', '-e', code]).toString());
  expect(peakMemory()).toBeGreaterThan(held.length);
  expect(own).toBeGreaterThan(20e6);
  expect(own).toBeLessThan(300e6);
});
