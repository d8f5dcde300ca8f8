import { afterEach, expect, test, vi } from 'vitest';
import { claim, claimAll } from '#lib/report/claim';

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

test('claims that all hold take one line; of others only those that do not hold are named', () => {
  const log = vi.spyOn(console, 'log').mockReturnValue();
  const warn = vi.spyOn(console, 'warn').mockReturnValue();
  claimAll([
    [true, '97.20 % right', 'at least 97 %'],
    [true, '3.98 times smaller', 'at least 3.9 times'],
  ]);
  expect(log.mock.calls).toEqual([['All 2 claims hold.']]);
  expect(warn).not.toHaveBeenCalled();

  log.mockClear();
  claimAll([
    [true, '97.20 % right', 'at least 97 %'],
    [false, '3.80 times smaller', 'at least 3.9 times'],
  ]);
  expect(log).not.toHaveBeenCalled();
  expect(warn.mock.calls.flat()).toEqual([
    expect.stringContaining('Not as expected: 3.80 times smaller; expected: at least 3.9 times.'),
  ]);
});
