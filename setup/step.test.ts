import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { runSteps, type Step } from '#setup/step';

let stamps: string;
let printed: string[];

beforeEach(() => {
  stamps = mkdtempSync(path.join(tmpdir(), 'stamps-'));
  printed = [];
  vi.spyOn(console, 'log').mockImplementation((line) => printed.push(String(line)));
});

afterEach(() => {
  vi.restoreAllMocks();
  rmSync(stamps, { recursive: true });
});

/** A step whose inputs, product and outcome the test changes. */
function trialStep(without?: string) {
  const state = { runs: 0, input: 'v1', there: false, fails: false };
  const step: Step = {
    name: 'Trial step',
    does: 'tries',
    inputs: () => [state.input],
    present: () => state.there,
    run: () => {
      state.runs++;
      state.there = !state.fails;
      return state.fails ? Promise.reject(new Error('no network')) : Promise.resolve('tried');
    },
    without,
  };
  return { state, run: () => runSteps([step], stamps) };
}

test('a step is done once, and again when its inputs change or its product is gone', async () => {
  const { state, run } = trialStep();
  await run();
  await run();
  expect(state.runs).toBe(1);
  state.input = 'v2';
  await run();
  expect(state.runs).toBe(2);
  state.there = false;
  await run();
  expect(state.runs).toBe(3);
});

test('a step that the lab needs fails the set-up, and is tried again', async () => {
  const { state, run } = trialStep();
  state.fails = true;
  await expect(run()).rejects.toThrow('no network');
  state.fails = false;
  await run();
  expect(state.runs).toBe(2);
});

test('a failed attempt to do a step again leaves it undone', async () => {
  const { state, run } = trialStep();
  await run();
  state.there = false;
  state.fails = true;
  await expect(run()).rejects.toThrow('no network');
  state.there = true; // Half a product.
  state.fails = false;
  await run();
  expect(state.runs).toBe(3);
});

test('a step that can be done without says what is lost, each time, and is tried again when its inputs change', async () => {
  const { state, run } = trialStep('Training is slow.');
  state.fails = true;
  await run();
  expect(printed).toContain('Trial step: no network');
  expect(printed).toContain('Trial step: Training is slow.');
  printed = [];
  await run();
  expect(state.runs).toBe(1);
  expect(printed.join('\n')).toContain('Training is slow. To try again, delete ');
  state.fails = false;
  state.input = 'a compiler';
  await run();
  await run();
  expect(state.runs).toBe(2);
});
