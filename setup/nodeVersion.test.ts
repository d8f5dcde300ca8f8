import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { expect, test } from 'vitest';
import { root } from '#setup/environment';
import { isSupportedNode } from './nodeVersion.mjs';

test.each([
  ['18.20.8', false],
  ['20.18.3', false],
  ['20.19.0', true],
  ['20.20.2', true],
  ['21.7.3', false],
  ['22.11.0', false],
  ['22.12.0', true],
  ['22.21.1', true],
  ['23.0.0', false],
  ['24.11.0', false],
])('Node %s: supported %s, as "engines" in package.json says', (version, supported) => {
  expect(isSupportedNode(version)).toBe(supported);
});

test('a command under Node 23 ends at once, with what to install', () => {
  const pretend =
    'data:text/javascript,Object.defineProperty(process, "versions", { value: { node: "23.1.0" } })';
  const { status, stderr } = spawnSync(
    process.execPath,
    ['--import', pretend, path.join(root, 'setup', 'bootstrap.mjs'), 'start'],
    { encoding: 'utf8' },
  );
  expect(stderr).toMatch(/This is Node 23\.1\.0; the lab needs Node 20 .* nvm install 22/);
  expect(status).toBe(1);
});
