import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { root } from '#setup/environment';
import { startTestClient, type Execution } from '#jupyter/kernel/testClient';

const kernel = startTestClient();
const folder = path.join(root, 'build', 'kernel-errors');

beforeAll(() => {
  mkdirSync(folder, { recursive: true });
});

afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await kernel.shutdown();
});

/** The `error` output of a cell that fails, checked to be what the reply says as well. */
async function failure(
  cell: string,
): Promise<{ ename: string; evalue: string; traceback: string[] }> {
  const { reply, outputs } = await kernel.execute(cell);
  const errors = outputs.filter(({ type }) => type === 'error');
  expect(errors).toHaveLength(1);
  const [{ type, ...error }] = errors;
  expect(type).toBe('error');
  expect(reply).toMatchObject({ ...error, status: 'error' });
  return error as Awaited<ReturnType<typeof failure>>;
}

const status = ({ reply }: Execution): unknown => reply.status;

test('an error names the lines of the TypeScript in the cell', async () => {
  const cell = [
    'interface Size {',
    '  bytes: number;',
    '}',
    '',
    'function check(size: Size): void {',
    "  if (size.bytes < 0) throw new RangeError('negative size');",
    '}',
    'check({ bytes: -1 });',
  ];
  expect(await failure(cell.join('\n'))).toEqual({
    ename: 'RangeError',
    evalue: 'negative size',
    traceback: ['RangeError: negative size', '    at check (cell:6:29)', '    at cell:8:1'],
  });
});

test('after an await, too', async () => {
  const { traceback } = await failure("type T = 1;\n\nawait null;\n  throw new Error('late');");
  expect(traceback).toEqual(['Error: late', '    at cell:4:9']);
});

test('a function of an earlier cell keeps its place', async () => {
  const { reply } = await kernel.execute(
    "\nconst fail = (): never => {\n  throw new Error('no');\n};",
  );
  const { traceback } = await failure('fail();');
  const earlier = `cell[${String(reply.execution_count)}]`;
  expect(traceback).toEqual(['Error: no', `    at fail (${earlier}:3:9)`, '    at cell:1:1']);
});

test('lines of imported TypeScript are true, and paths those of the repository', async () => {
  const text = [
    '/** Types vanish from the JavaScript. */',
    'export interface Row {',
    '  width: number;',
    '}',
    '',
    'export async function load(row: Row): Promise<number> {',
    '  await Promise.resolve();',
    "  throw new TypeError(`no row of ${row.width}`, { cause: new Error('file is empty') });",
    '}',
  ];
  writeFileSync(path.join(folder, 'thrower.ts'), text.join('\n'));
  const { ename, traceback } = await failure(
    "import { load } from './build/kernel-errors/thrower';\nawait load({ width: 3 });",
  );
  expect(ename).toBe('TypeError');
  expect(traceback).toEqual([
    'TypeError: no row of 3',
    '    at load (build/kernel-errors/thrower.ts:8:9)',
    '    at async cell:2:1',
    'Caused by Error: file is empty',
    '    at load (build/kernel-errors/thrower.ts:8:58)',
    '    at async cell:2:1',
  ]);
});

test('a type error is shown below its code', async () => {
  const { ename, traceback } = await failure(
    'const width: number = 3;\nconst name: string = width;',
  );
  expect(ename).toBe('TypeScriptError');
  expect(traceback.join('\n')).toBe(
    [
      "TypeScriptError: cell:2:7 Type 'number' is not assignable to type 'string'. (TS2322)",
      '    const name: string = width;',
      '          ~~~~',
    ].join('\n'),
  );
});

test('cells are checked strictly, as lib is', async () => {
  const { evalue } = await failure('const f = (x) => x;');
  expect(evalue).toContain("Parameter 'x' implicitly has an 'any' type. (TS7006)");
});

test('a syntax error is an error of the cell', async () => {
  expect((await failure('const = 3;')).ename).toBe('TypeScriptError');
});

test('a thrown value that is no Error is shown', async () => {
  expect(await failure('throw { code: 7 };')).toEqual({
    ename: 'Thrown',
    evalue: '{ code: 7 }',
    traceback: ['Thrown: { code: 7 }'],
  });
});

test.each([
  ['a rejection', "void Promise.reject(new RangeError('nobody listens'));"],
  [
    'one in the next turn',
    "setImmediate(() => { throw new RangeError('nobody listens'); }); await null;",
  ],
  [
    'an exception of a timer',
    "setTimeout(() => { throw new RangeError('nobody listens'); }, 5); await new Promise(() => {});",
  ],
])('%s that nobody handles fails the cell', async (_, cell) => {
  expect(await failure(cell)).toMatchObject({ ename: 'RangeError', evalue: 'nobody listens' });
});

test('an error after the end of its cell fails the next cell, once', async () => {
  const cell = "setTimeout(() => { throw new Error('too late'); }, 20);\nundefined;";
  expect(status(await kernel.execute(cell))).toBe('ok');
  await new Promise((resolve) => setTimeout(resolve, 500));
  const { ename, traceback } = await failure('console.log("not run");');
  expect(ename).toBe('UnawaitedError');
  expect(traceback).toContain('Caused by Error: too late');
  expect(status(await kernel.execute('1 + 1'))).toBe('ok');
});

test('a cell that fails leaves the variables of earlier cells as they were', async () => {
  await kernel.execute('const kept = 7;');
  await failure("throw new Error('first');\nconst kept = 8;");
  const { outputs } = await kernel.execute('kept');
  expect(outputs.at(-1)).toMatchObject({ data: { 'text/plain': '7' } });
});
