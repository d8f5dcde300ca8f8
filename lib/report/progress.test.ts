import { beforeEach, expect, test, vi } from 'vitest';
import { display, updateDisplay } from '#lib/report/display';
import { withProgress } from '#lib/report/progress';

vi.mock('#lib/report/display', () => ({
  inNotebook: () => true,
  display: vi.fn(),
  updateDisplay: vi.fn(),
}));

beforeEach(() => {
  vi.clearAllMocks();
  vi.useFakeTimers({ toFake: ['performance'] });
});

test('a notebook gets at most four updates a second, and keeps one line', async () => {
  const result = await withProgress('Counting', 'numbers', (progress) => {
    for (let i = 1; i <= 100; i++) {
      vi.advanceTimersByTime(20);
      progress(i, 100, `at ${i}`);
    }
    return Promise.resolve(42);
  });
  expect(result).toBe(42);
  expect(display).toHaveBeenCalledOnce();
  const updates = vi.mocked(updateDisplay).mock.calls.map(([bundle]) => bundle);
  const last = updates.pop();
  expect(updates.length).toBeGreaterThan(3);
  expect(updates.length).toBeLessThanOrEqual(8);
  expect(updates[0]['text/html']).toContain('<progress value="13" max="100">');
  expect(last).toEqual({ 'text/plain': 'Counting: 100 numbers in 2 s, at 100' });
});

test('the user can stop the work', async () => {
  const task = withProgress('Counting', 'numbers', async (progress, signal) => {
    progress(7, 100);
    process.emit('SIGINT');
    await Promise.resolve();
    signal.throwIfAborted();
  });
  await expect(task).rejects.toThrow('stopped by the user');
  expect(vi.mocked(updateDisplay).mock.lastCall?.[0]).toEqual({
    'text/plain': 'Counting: failed after 7 of 100 numbers',
  });
});

test('an error is passed on, and the display says how far it came', async () => {
  const task = withProgress('Counting', 'numbers', (progress) => {
    progress(7, 100);
    return Promise.reject(new Error('no more numbers'));
  });
  await expect(task).rejects.toThrow('no more numbers');
  expect(vi.mocked(updateDisplay).mock.lastCall?.[0]).toEqual({
    'text/plain': 'Counting: failed after 7 of 100 numbers',
  });
});
