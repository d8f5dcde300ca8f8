import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { root } from '#setup/environment';
import { optionTakenByNpm } from './npmOptions.mjs';

test.each([
  [{ npm_config_sample: 'true', npm_config_cache: '.cache/npm' }, 'sample'],
  [{ npm_config_code: '' }, 'code'], // --no-code
  [{ npm_config_cache: '.cache/npm', npm_command: 'start' }, undefined],
])('of %j npm took %s', (env, option) => {
  expect(optionTakenByNpm(env)).toBe(option);
});

test('npm itself hands on an option without -- as such a variable, and the command says so', () => {
  const options = { cwd: root, encoding: 'utf8', shell: true } as const;
  const { status, stderr } = spawnSync('npm start 9 --sample', options);
  expect(stderr).toContain('npm start -- --sample');
  expect(status).toBe(1);
});
