import { afterAll, expect, test } from 'vitest';
import { startTestClient } from '#jupyter/kernel/testClient';

const kernel = startTestClient();
afterAll(() => kernel.shutdown());

/** Runs cells; returns the value that the last one shows. */
async function value(...cells: string[]): Promise<unknown> {
  const executions = await kernel.executeAll(cells, true);
  const last = executions[executions.length - 1];
  expect(last.reply).toMatchObject({ status: 'ok' });
  return (last.outputs.at(-1)?.data as Record<string, unknown> | undefined)?.['text/plain'];
}

test.each([
  ['a shorthand property', ['const width = 3;', '({ width })'], '{ width: 3 }'],
  ['a shorthand in a function', ['const width = 4;', '(() => ({ width }))()'], '{ width: 4 }'],
  [
    'a parameter of the same name',
    ['const width = 3;', '((width: number) => ({ width }))(5)'],
    '{ width: 5 }',
  ],
  ['destructuring', ['let width = 3;', '({ width } = { width: 6 });', 'width'], '6'],
  [
    'destructuring to another name',
    ['const box = { width: 3 };', 'const { width: w } = box;\nw'],
    '3',
  ],
  [
    'destructuring to another name, with a variable of the name',
    [
      'const width = 1;\nconst boxes = [{ width }];',
      '(() => { const [{ width: w }] = boxes; return w; })()',
    ],
    '1',
  ],
  [
    'assigning to another name',
    ['const box = { width: 3 };\nlet w = 0;', '({ width: w } = box);\nw'],
    '3',
  ],
  ['a second declaration', ['const width = 3;', "const width = 'wide';", 'width.length'], '4'],
  [
    'a type',
    ['interface Size { width: number }', 'const size: Size = { width: 7 };', 'size.width'],
    '7',
  ],
  ['a class', ['class Size { width = 8; }', 'new Size().width'], '8'],
  ['an awaited value', ['const width = await Promise.resolve(9);', 'width'], '9'],
  ['an awaited function', ['const width = await (async () => 9)();', 'width'], '9'],
  ['an awaited loop', ['let sum = 0;\nfor await (const x of [1, 2]) sum += x;', 'sum'], '3'],
  ['a dynamic import', ["const { sep } = await import('node:path');", 'sep.length'], '1'],
])('%s of an earlier cell', async (_, cells, expected) => {
  expect(await value(...cells)).toBe(expected);
});

test('a variable whose type has no name outside its package', async () => {
  const cells = [
    "import { seededRandom, uniform } from '#lib/random';",
    'const random = seededRandom(3);',
  ];
  expect(await value(...cells, 'uniform(random, 2, 2)')).toBe('2');
});

test('packages of the lab have their types', async () => {
  const cell = [
    "import { tensor1d } from '@tensorflow/tfjs';",
    "import { DataFrame } from 'danfojs-node';",
    "import { InferenceSession } from 'onnxruntime-node';",
    "import si from 'systeminformation';",
    "import { z } from 'zod';",
    'const rank: number = tensor1d([1]).rank;',
    'const shape: number[] = new DataFrame([{ a: 1 }]).shape;',
    'const row: { a?: string | undefined } = z.object({ a: z.string().optional() }).parse({});',
    'const time: si.Systeminformation.TimeData = si.time();',
    'const open: (file: string) => Promise<InferenceSession> = (file) => InferenceSession.create(file);',
    'shape',
  ];
  expect(await value(cell.join('\n'))).toBe('[ 1, 1 ]');
}, 120_000);
