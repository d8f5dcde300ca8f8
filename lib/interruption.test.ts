import { afterEach, expect, test } from 'vitest';
import { Interrupted, interruptible } from '#lib/interruption';

const interrupt = (): boolean => process.emit('SIGINT', 'SIGINT');
const before = process.listenerCount('SIGINT');
afterEach(() => {
  expect(process.listenerCount('SIGINT')).toBe(before);
});

test('work that nobody stops gives its result', async () => {
  expect(await interruptible(() => Promise.resolve(3))).toBe(3);
});

test('an error of the work is passed on', async () => {
  await expect(interruptible(() => Promise.reject(new RangeError('no')))).rejects.toThrow(
    RangeError,
  );
});

test('stopped work ends with Interrupted', async () => {
  let steps = 0;
  const work = interruptible(async (signal) => {
    for (;;) {
      signal.throwIfAborted();
      if (++steps === 3) interrupt();
      await Promise.resolve();
    }
  });
  await expect(work).rejects.toThrow(Interrupted);
  expect(steps).toBe(3);
});

test('also when it ends in another way', async () => {
  const finishes = interruptible(() => Promise.resolve(interrupt()));
  await expect(finishes).rejects.toThrow(Interrupted);
  const fails = interruptible(() => {
    interrupt();
    return Promise.reject(new Error('aborted'));
  });
  await expect(fails).rejects.toThrow(Interrupted);
});
