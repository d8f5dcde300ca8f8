import { expect, test } from 'vitest';
import { quantizeCommand } from '#cli/quantize';

/** All options with a value each, some of them the one that they have anyway. */
const values = {
  '--per-channel': [],
  '--full-range': [],
  '--block-size': ['32'],
  '--calibrate': ['rows.npy'],
  '--observer': ['min-max'],
  '--examples': ['10'],
  '--seed': ['1'],
  '--form': ['QDQ'],
  '--types': ['S8S8'],
};
const options = Object.entries(values);

/** By form, what changes its models. */
const meant: Record<string, readonly string[]> = {
  'dynamic-int8': ['--per-channel', '--full-range'],
  'static-int8': Object.keys(values).filter((option) => option !== '--block-size'),
  'int8-weights': ['--block-size'],
  'int4-weights': ['--block-size'],
  float16: [],
};

test.each(Object.keys(meant))('takes for %s the options that it has, and no others', async (to) => {
  for (const [option, value] of options) {
    const args = ['none.onnx', '-o', 'new.onnx', '--to', to, option, ...value];
    await expect(quantizeCommand().parseAsync(args, { from: 'user' })).rejects.toThrow(
      meant[to].includes(option)
        ? "none.onnx can't be read: there is no such file"
        : `${option} has no meaning for ${to}: leave it out.`,
    );
  }
});
