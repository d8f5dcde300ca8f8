import path from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { browserEnvironment, environment, root } from '#setup/environment';

/** Variables that tell a program where to write. */
const places = [
  ...['JUPYTER_CONFIG_DIR', 'JUPYTER_DATA_DIR', 'JUPYTER_RUNTIME_DIR', 'IPYTHONDIR'],
  ...['PIP_CACHE_DIR', 'npm_config_cache', 'npm_config_devdir'],
  ...['HOME', 'XDG_CONFIG_HOME', 'XDG_CACHE_HOME', 'XDG_DATA_HOME'],
];

afterEach(() => {
  vi.unstubAllEnvs();
});

test('all that programs write lands in hidden folders of the repository', () => {
  vi.stubEnv('PIP_CACHE_DIR', undefined).stubEnv('npm_config_cache', undefined);
  const env = browserEnvironment();
  for (const name of places) {
    expect(path.relative(root, env[name] ?? ''), name).toMatch(/^\.(venv|cache)\b/);
  }
});

test('caches of pip and npm that the user chose are kept', () => {
  vi.stubEnv('PIP_CACHE_DIR', '/srv/pip').stubEnv('npm_config_cache', '/srv/npm');
  expect(environment()).toMatchObject({ PIP_CACHE_DIR: '/srv/pip', npm_config_cache: '/srv/npm' });
});

test("a user's own Python and Jupyter paths do not reach the lab's", () => {
  vi.stubEnv('PYTHONPATH', '/srv/python').stubEnv('JUPYTER_PATH', '/srv/jupyter');
  const env = environment();
  expect(env.PYTHONPATH).toBeUndefined();
  expect(env.JUPYTER_PATH).toBeUndefined();
});
