import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { dataEnvironment, hasRealData } from '#setup/data';

let home: string;

beforeEach(() => {
  home = mkdtempSync(path.join(tmpdir(), 'data-'));
  mkdirSync(path.join(home, 'lab-data', 'mnist'), { recursive: true });
  vi.stubEnv('LAB_DATA', undefined).stubEnv('INIT_CWD', home);
});

afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(home, { recursive: true });
});

test('a data folder is meant as seen from where npm was called', () => {
  expect(dataEnvironment('lab-data')).toEqual({ LAB_DATA: path.join(home, 'lab-data') });
});

test('without one, LAB_DATA counts, and without that the notebooks choose', () => {
  expect(dataEnvironment()).toEqual({});
  vi.stubEnv('LAB_DATA', 'lab-data');
  expect(dataEnvironment()).toEqual({ LAB_DATA: path.join(home, 'lab-data') });
});

test('a data folder that is not there is an error', () => {
  expect(() => dataEnvironment('lab-dta')).toThrow(`${path.join(home, 'lab-dta')}, named as`);
});

test('the real data is there when both data sets are', () => {
  const data = dataEnvironment('lab-data');
  expect(hasRealData(data)).toBe(false);
  mkdirSync(path.join(home, 'lab-data', 'sst2'));
  expect(hasRealData(data)).toBe(true);
});
