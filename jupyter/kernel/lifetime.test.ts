import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { root } from '#setup/environment';
import { startTestClient } from '#jupyter/kernel/testClient';

const folder = path.join(root, 'build', 'kernel-lifetime');
const file = path.join(folder, 'edited.ts');

beforeAll(() => {
  mkdirSync(folder, { recursive: true });
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

function isRunning(process_id: number): boolean {
  const status = `/proc/${process_id}/status`;
  if (existsSync('/proc/self'))
    return existsSync(status) && !/^State:\s+Z/m.test(readFileSync(status, 'utf8'));
  try {
    return process.kill(process_id, 0);
  } catch {
    return false;
  }
}

test('an edited file is seen after a restart; a shutdown leaves no process', async () => {
  const kernel = startTestClient();
  const cell = "import { answer } from './build/kernel-lifetime/edited';\nanswer()";
  const answer = async (): Promise<unknown> => (await kernel.execute(cell)).outputs.at(-1)?.data;
  writeFileSync(file, 'export const answer = (): number => 1;\n');
  expect(await answer()).toEqual({ 'text/plain': '1' });
  writeFileSync(file, "export const answer = (): string => 'two';\n");
  await kernel.restart();
  expect(await answer()).toEqual({ 'text/plain': "'two'" });
  const id = await kernel.process();
  expect(isRunning(id)).toBe(true);
  await kernel.shutdown();
  expect(isRunning(id)).toBe(false);
});

test('the kernel ends when Jupyter dies, even in an endless loop', async () => {
  const kernel = startTestClient();
  const id = await kernel.process();
  void kernel.execute('for (;;) {}').catch(() => undefined);
  await new Promise((resolve) => setTimeout(resolve, 500));
  kernel.kill();
  await vi.waitFor(() => {
    expect(isRunning(id)).toBe(false);
  }, 10_000);
});
