import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { root } from '#setup/environment';
import { kernelspec } from '#setup/kernelspec';

test('the kernel is started by the given Node with the launcher of the given repository', () => {
  expect(kernelspec('/opt/node/bin/node', '/home/me/lab')).toEqual({
    argv: ['/opt/node/bin/node', '/home/me/lab/jupyter/launch.cjs', '{connection_file}'],
    display_name: 'TypeScript (quantization lab)',
    language: 'typescript',
    interrupt_mode: 'message',
  });
});

test('the launcher is there', () => {
  const { argv } = kernelspec(process.execPath, root) as { argv: string[] };
  expect(existsSync(argv[1])).toBe(true);
});
