import { afterEach, expect, test, vi } from 'vitest';
import { claim } from '#lib/report/claim';

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

test('a claim that does not hold warns and goes on; where claims are strict, it is an error', () => {
  const log = vi.spyOn(console, 'log').mockReturnValue();
  const warn = vi.spyOn(console, 'warn').mockReturnValue();
  claim(true, '97.20 % right', 'at least 97 %');
  claim(false, '96.20 % right', 'at least 97 %');
  expect(log.mock.calls).toEqual([['97.20 % right; expected: at least 97 %.']]);
  expect(warn.mock.calls).toEqual([
    [
      'Not as expected: 96.20 % right; expected: at least 97 %. ' +
        'Another seed, CPU or hyperparameter can do this.',
    ],
  ]);

  vi.stubEnv('LAB_CLAIMS', 'strict');
  claim(true, '97.20 % right', 'at least 97 %');
  expect(() => {
    claim(false, '96.20 % right', 'at least 97 %');
  }).toThrow('Not as expected: 96.20 % right; expected: at least 97 %.');
});
