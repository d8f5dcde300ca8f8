import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';

/** Stands for a machine on which tfjs-node's library is missing. */
const withoutNative = `
  const Module = require('node:module');
  const load = Module._load;
  Module._load = (name, ...rest) => {
    if (/tfjs_binding/.test(name)) throw new Error('no native library');
    return load(name, ...rest);
  };`;

test('data frames compute without the native library, and others still learn that it is missing', () => {
  const { stdout, stderr } = spawnSync(
    process.execPath,
    [
      '--require',
      'tsx/cjs',
      '--eval',
      `${withoutNative}
      const { DataFrame } = require('#lib/report/dataFrame');
      console.log(new DataFrame([{ a: 1 }, { a: 4 }])['a'].mean());
      try { require('@tensorflow/tfjs-node'); } catch (error) { console.log(error.message); }`,
    ],
    { encoding: 'utf8' },
  );
  expect(stdout, stderr).toMatch(/^2\.5\n/m);
  expect(stdout, stderr).toContain('no native library');
});
