import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test, vi } from 'vitest';
import { availableCores } from '#lib/availableCores';

vi.mock('node:os', async (original) => ({
  ...(await original<typeof import('node:os')>()),
  availableParallelism: vi.fn(() => 8),
}));

const folder = mkdtempSync(join(tmpdir(), 'cores-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** The file of a container, as the kernel's documentation (cgroup-v2.rst, cpu.max) gives it. */
function cpuMax(text: string): string {
  const file = join(folder, 'cpu.max');
  writeFileSync(file, text);
  return file;
}

test.each([
  { text: '250000 100000\n', cores: 2 },
  { text: '1600000 100000\n', cores: 8 }, // more than there are
  { text: '50000 100000\n', cores: 1 }, // half a core still runs a thread
  { text: 'max 100000\n', cores: 8 },
])('of 8 cores a container with $text may use $cores', ({ text, cores }) => {
  expect(availableCores(cpuMax(text))).toBe(cores);
});

test('without such a file it is all that the process may run on', () => {
  vi.mocked(availableParallelism).mockReturnValueOnce(3);
  expect(availableCores(join(folder, 'none'))).toBe(3);
});
