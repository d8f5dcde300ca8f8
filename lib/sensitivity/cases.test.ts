import { expect, test } from 'vitest';
import { allButLayer, everyAssignment, onlyLayer, sensitivityCases } from '#lib/sensitivity/cases';

test.each([
  [1, 5],
  [2, 25],
  [3, 125],
])('%i layers have %i assignments, each once', (layers, count) => {
  const all = everyAssignment(layers);
  expect(new Set(all.map((one) => one.join())).size).toBe(count);
  expect(all.every((one) => one.length === layers)).toBe(true);
});

test('one layer, and all but one', () => {
  expect(onlyLayer(3, 1, 'static int8')).toEqual(['float32', 'static int8', 'float32']);
  expect(allButLayer(3, 1, 'static int8')).toEqual(['static int8', 'float32', 'static int8']);
});

test('no case is there twice, also where one layer and all but one are the same', () => {
  // three layers: both halves in each layer, in all but each, in all; two: all but one is one
  expect(sensitivityCases(3)).toHaveLength(125 + 2 * 7);
  expect(sensitivityCases(2)).toHaveLength(25 + 2 * 3);
  expect(new Set(sensitivityCases(2).map(String)).size).toBe(31);
});
