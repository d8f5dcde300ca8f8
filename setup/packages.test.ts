import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { packagesInstalled } from './packages.mjs';

let root: string;

beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), 'packages-'));
  mkdirSync(path.join(root, 'node_modules'));
  write('package-lock.json', {
    '': { version: '0.1.0' },
    'node_modules/a': { version: '1.0.0' },
    'node_modules/only-elsewhere': { version: '2.0.0', optional: true },
  });
});

afterEach(() => {
  rmSync(root, { recursive: true });
});

const record = path.join('node_modules', '.package-lock.json');

function write(file: string, packages: object): void {
  writeFileSync(path.join(root, file), JSON.stringify({ packages }));
}

test('packages are missing until npm has written its record', () => {
  expect(packagesInstalled(root)).toBe(false);
});

test('packages are there when npm recorded the versions of the lock file', () => {
  write(record, { 'node_modules/a': { version: '1.0.0' } });
  expect(packagesInstalled(root)).toBe(true);
});

test.each([
  ['another version', { 'node_modules/a': { version: '1.0.1' } }],
  ['a missing package', {}],
  [
    'another version of an optional package',
    {
      'node_modules/a': { version: '1.0.0' },
      'node_modules/only-elsewhere': { version: '1.9.0', optional: true },
    },
  ],
])('%s calls for an installation', (_, installed) => {
  write(record, installed);
  expect(packagesInstalled(root)).toBe(false);
});
