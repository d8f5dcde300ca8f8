import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { runStages, summarize } from '#commands/stages';

const ran: string[] = [];
const good = (name: string) => ({ name, run: () => Promise.resolve(ran.push(name)) });
const bad = { name: 'Bad', run: () => Promise.reject(new Error('cell 3 failed')) };

beforeEach(() => {
  ran.length = 0;
  vi.spyOn(console, 'log').mockReturnValue();
  vi.spyOn(console, 'error').mockReturnValue();
});

afterEach(() => {
  vi.restoreAllMocks();
});

test('a stage that fails ends the command', async () => {
  await expect(runStages([good('First'), bad, good('Last')])).rejects.toThrow('cell 3 failed');
  expect(ran).toEqual(['First']);
});

test('when told to keep going, the others run, and the summary names what failed', async () => {
  const outcomes = await runStages([bad, good('Last')], { keepGoing: true });
  expect(ran).toEqual(['Last']);
  expect(console.error).toHaveBeenCalledWith('cell 3 failed');
  expect(summarize(outcomes)).toMatch(/^Bad .* s {2}FAILED\nLast .* s {2}done$/);
});
