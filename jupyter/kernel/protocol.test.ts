import { afterAll, expect, test } from 'vitest';
import { startTestClient, type Execution } from '#jupyter/kernel/testClient';

const kernel = startTestClient();
afterAll(() => kernel.shutdown());

const printed = ({ outputs }: Execution): string =>
  outputs
    .filter(({ type }) => type === 'stream')
    .map(({ text }) => text)
    .join('');
const statuses = (executions: readonly Execution[]): unknown[] =>
  executions.map(({ reply }) => reply.status);

test('cells are counted, and their code and value come with the count', async () => {
  const [first, second] = await kernel.executeAll(['const a: number = 3;', 'a * 2'], true);
  const count = Number(first.reply.execution_count);
  expect(first.outputs).toEqual([
    { type: 'execute_input', code: 'const a: number = 3;', execution_count: count },
  ]);
  expect(second.outputs).toMatchObject([
    { type: 'execute_input', execution_count: count + 1 },
    { type: 'execute_result', execution_count: count + 1, data: { 'text/plain': '6' } },
  ]);
  expect(second.reply.execution_count).toBe(count + 1);
});

test('after an error the cells that wait are aborted', async () => {
  const executions = await kernel.executeAll(
    ["throw new Error('no');", "console.log('ran');", "console.log('ran');"],
    true,
  );
  expect(statuses(executions)).toEqual(['error', 'aborted', 'aborted']);
  expect(executions.slice(1).flatMap(({ outputs }) => outputs)).toEqual([]);
});

test('also when the cell awaited before it failed', async () => {
  const wait = 'await new Promise((resolve) => setTimeout(resolve, 100));';
  const executions = await kernel.executeAll([`${wait}\nthrow new Error('no');`, '1'], true);
  expect(statuses(executions)).toEqual(['error', 'aborted']);
});

test('a cell sent after an error runs', async () => {
  await kernel.execute("throw new Error('no');");
  expect((await kernel.execute('1')).reply.status).toBe('ok');
});

test('the cells go on where errors are allowed', async () => {
  const executions = await kernel.executeAll(
    ["throw new Error('no');", "console.log('ran');"],
    false,
  );
  expect(statuses(executions)).toEqual(['error', 'ok']);
  expect(printed(executions[1])).toBe('ran\n');
});

test('objects are printed without colours', async () => {
  const execution = await kernel.execute("console.log({ name: 'MNIST', rows: [1, 2] });");
  expect(printed(execution)).toBe("{ name: 'MNIST', rows: [ 1, 2 ] }\n");
});

test('nothing that a cell prints without pause is lost', async () => {
  const execution = await kernel.execute(
    "for (let i = 0; i < 20_000; i++) console.log('line', i);",
  );
  const expected = Array.from({ length: 20_000 }, (_, i) => `line ${i}\n`).join('');
  expect(printed(execution)).toBe(expected);
});

test('standard output, standard error and displays come in order', async () => {
  const { outputs } = await kernel.execute(
    "import { display } from 'tslab';\nconsole.log('a');\nconsole.error('b');\ndisplay.text('c');\nconsole.log('d');",
  );
  expect(outputs.slice(1).map(({ name, text, data }) => [name, text ?? data])).toEqual([
    ['stdout', 'a\n'],
    ['stderr', 'b\n'],
    [undefined, { 'text/plain': 'c' }],
    ['stdout', 'd\n'],
  ]);
});

test('a display is updated under its id', async () => {
  const { outputs } = await kernel.execute(
    "import { display, updateDisplay } from '#lib/report/display';\n" +
      "display({ 'text/plain': '0 %' }, 'training');\nupdateDisplay({ 'text/plain': '50 %' }, 'training');",
  );
  expect(outputs.slice(1)).toMatchObject([
    { type: 'display_data', data: { 'text/plain': '0 %' }, transient: { display_id: 'training' } },
    {
      type: 'update_display_data',
      data: { 'text/plain': '50 %' },
      transient: { display_id: 'training' },
    },
  ]);
});

test('symbols of lib are completed', async () => {
  await kernel.execute("import { datasetLabel } from '#lib/loaders/dataset';");
  const code = "const name = '🙂'; datasetL";
  const length = Array.from(code).length;
  expect(await kernel.ask('complete', code, length)).toMatchObject({
    matches: ['datasetLabel'],
    cursor_start: length - 'datasetL'.length,
    cursor_end: length,
  });
});

test('symbols of lib are explained', async () => {
  const reply = await kernel.ask('inspect', 'datasetLabel', 4);
  expect(reply).toMatchObject({ status: 'ok', found: true });
  expect(JSON.stringify(reply.data)).toMatch(/function datasetLabel\(.*generated sample/);
});

test('nothing is found where there is nothing to explain', async () => {
  expect(await kernel.ask('inspect', '', 0)).toMatchObject({ status: 'ok', found: false });
});

test('other requests are answered', async () => {
  expect(await kernel.ask('history')).toEqual({ status: 'ok', history: [] });
  expect(await kernel.ask('comm_info')).toEqual({ status: 'ok', comms: {} });
  expect(await kernel.ask('is_complete', 'if (true) {')).toMatchObject({ status: 'incomplete' });
  expect(await kernel.ask('is_complete', '1 + 1')).toEqual({ status: 'complete' });
  const info = await kernel.ask('kernel_info');
  expect(info).toMatchObject({ language_info: { name: 'typescript', file_extension: '.ts' } });
});

test("earlier cells' variables can be shorthand properties", async () => {
  await kernel.execute('const runs = 5;\nconst twice = (of: { runs: number }) => 2 * of.runs;');
  const execution = await kernel.execute(
    'console.log(twice({ runs }), [1].map((runs) => twice({ runs })));',
  );
  expect(printed(execution)).toBe('10 [ 2 ]\n');
});
