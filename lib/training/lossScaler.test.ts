import { expect, test } from 'vitest';
import { defaultLossScaling, lossScaler } from '#lib/training/lossScaler';

/** The factors after each step. */
function scales(
  options: Partial<typeof defaultLossScaling>,
  steps: readonly boolean[],
): readonly number[] {
  const scaler = lossScaler({ ...defaultLossScaling, ...options });
  return steps.map((finite) => {
    scaler.update(finite);
    return scaler.scale();
  });
}

test('grows after a number of finite steps in a row, and falls at once', () => {
  const [good, bad] = [true, false];
  const steps = [good, good, good, good, bad, good, good, bad, bad, good, good, good];
  expect(scales({ initialScale: 1024, growthInterval: 3 }, steps)).toEqual([
    1024, 1024, 2048, 2048, 1024, 1024, 1024, 512, 256, 256, 256, 512,
  ]);
});

test('starts and steps as GradScaler of PyTorch does unless told otherwise', () => {
  const found = scales(
    {},
    Array.from({ length: 4000 }, () => true),
  );
  expect(lossScaler().scale()).toBe(65536);
  expect([found[1998], found[1999], found[3998], found[3999]]).toEqual([
    65536, 131072, 131072, 262144,
  ]);
  expect(scales({}, [false, false])).toEqual([32768, 16384]);
});

test('does not grow beyond float32', () => {
  expect(scales({ initialScale: 2 ** 126, growthInterval: 1 }, [true, true])).toEqual([
    2 ** 127,
    2 ** 127,
  ]);
});

test('refuses factors that lead nowhere', () => {
  expect(() => lossScaler({ ...defaultLossScaling, initialScale: 0 })).toThrow('positive');
  expect(() => lossScaler({ ...defaultLossScaling, growthFactor: 1 })).toThrow('more than 1');
  expect(() => lossScaler({ ...defaultLossScaling, backoffFactor: 1 })).toThrow('by less');
  expect(() => lossScaler({ ...defaultLossScaling, growthInterval: 0 })).toThrow('from 1, not 0');
});
