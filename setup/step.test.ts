import { EventEmitter, once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { runChains, type Step } from '#setup/step';

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
  return { state, run: () => runChains([[step]], stamps) };
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

/** A step that does as the test says. */
function stepOf(name: string, run: () => Promise<string>, without?: string): Step {
  return { name, does: 'tries', inputs: () => [], present: () => true, run, without };
}

test('chains run side by side, and a failed one ends alone, before its next step', async () => {
  const events: string[] = [];
  const logged = (name: string, run: () => Promise<unknown>) =>
    stepOf(name, async () => {
      events.push(`${name} starts`);
      await run();
      events.push(`${name} is done`);
      return 'tried';
    });
  const failsWhenToldTo = new EventEmitter();
  const failure = once(failsWhenToldTo, 'now').then(() => Promise.reject(new Error('no disk')));
  const outlives = async (): Promise<void> => {
    failsWhenToldTo.emit('now');
    await failure.catch(() => setImmediate());
  };
  const nothing = () => Promise.resolve();
  const chains = [
    [logged('A', outlives), logged('A2', nothing)],
    [logged('B', () => failure), logged('B2', nothing)],
  ];
  await expect(runChains(chains, stamps)).rejects.toThrow('no disk');
  expect(events).toEqual(['A starts', 'B starts', 'A is done', 'A2 starts', 'A2 is done']);
  expect(readdirSync(stamps).sort()).toEqual(['A.json', 'A2.json']);
});

test('what fails beside a step that the lab needs is tried again once that is mended', async () => {
  let online = false;
  const tries: string[] = [];
  const step = (name: string, without?: string) =>
    stepOf(
      name,
      () => {
        tries.push(name);
        return online ? Promise.resolve('tried') : Promise.reject(new Error('no network'));
      },
      without,
    );
  const chains = [[step('Python')], [step('TensorFlow', 'Training is slow.')]];
  await expect(runChains(chains, stamps)).rejects.toThrow('no network');
  online = true;
  await runChains(chains, stamps);
  expect(tries).toEqual(['Python', 'TensorFlow', 'Python', 'TensorFlow']);
});
