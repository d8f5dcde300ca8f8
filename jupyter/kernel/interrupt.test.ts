import { afterAll, expect, test } from 'vitest';
import { startTestClient } from '#jupyter/kernel/testClient';

const kernel = startTestClient();
afterAll(() => kernel.shutdown());

const sleep = 'const sleep = () => new Promise((resolve) => setTimeout(resolve, 20));';
const interruptible = "import { interruptible } from '#lib/interruption';";

test.each([
  ['an endless loop', "console.log('started'); for (;;) {}"],
  ['an endless loop after an await', "await null; console.log('started'); for (;;) {}"],
  [
    'an endless loop with an asynchronous context',
    "import { AsyncLocalStorage } from 'node:async_hooks'; await new AsyncLocalStorage().run(1, async () => { await null; console.log('started'); for (;;) {} });",
  ],
  ['an endless loop that prints', "for (;;) console.log('started');"],
  ['a cell that waits', "console.log('started'); await new Promise(() => {});"],
  [
    'an asynchronous function of the cell',
    `${sleep} async function work() { for (;;) { await sleep(); console.log('started'); } } await work();`,
  ],
  [
    'work that looks at its signal',
    `${sleep} ${interruptible} await interruptible(async (signal) => {
      for (;;) { await sleep(); signal.throwIfAborted(); console.log('started'); } });`,
  ],
])('an interrupt ends %s, and the kernel keeps its state', async (_, cell) => {
  await kernel.execute('const state = [1, 2, 3];');
  const { reply, outputs } = await kernel.execute(cell, { interrupt: true });
  const error = { ename: 'Interrupted', evalue: 'stopped by the user' };
  expect(reply).toMatchObject({ status: 'error', ...error });
  expect(outputs.at(-1)).toMatchObject({ type: 'error', ...error });
  const next = await kernel.execute(
    'await new Promise((resolve) => setTimeout(resolve, 200));\nstate.length',
  );
  expect(next.outputs.slice(1)).toMatchObject([
    { type: 'execute_result', data: { 'text/plain': '3' } },
  ]);
});

test('work that looks at its signal ends within its cell', async () => {
  const { outputs } = await kernel.execute(
    `${sleep} ${interruptible}
    await interruptible(async (signal) => {
      console.log('started');
      try { for (;;) { await sleep(); signal.throwIfAborted(); } } finally { console.log('put away'); }
    });`,
    { interrupt: true },
  );
  const shown = outputs.slice(1).map(({ text, ename }) => text ?? ename);
  expect(shown).toEqual(['started\n', 'put away\n', 'Interrupted']);
});

test('an interrupt without a running cell does nothing', async () => {
  await kernel.interrupt();
  await new Promise((resolve) => setTimeout(resolve, 300)); // It has no reply to wait for.
  expect((await kernel.execute('1')).reply.status).toBe('ok');
});
