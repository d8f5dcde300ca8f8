import { expect, test } from 'vitest';
import { timeShareFindings, timeShares, timeSharesFigure } from '#lib/experiments/timeShares';

const dynamic = timeShares({
  operators: new Map([
    ['DynamicQuantizeLinear', 10],
    ['MatMulInteger', 60],
    ['Cast', 4],
    ['Mul', 5],
    ['Add', 6],
    ['Softmax', 3],
  ]),
  engineMicroseconds: 8,
  callMicroseconds: 4,
});
const results = [{ name: 'dynamic', batchSize: 64, ...dynamic }];

test('operators are put together by what they do; an unknown one stands for itself', () => {
  expect(Object.fromEntries(dynamic.stages)).toEqual({
    quantize: 10,
    multiply: 60,
    'scale back and add bias': 15,
    Softmax: 3,
    engine: 8,
    'call from JavaScript': 4,
  });
  expect(dynamic.totalMicroseconds).toBe(100);
});

test('the sentence names all shares, the largest first', () => {
  expect(timeShareFindings(results)).toEqual([
    'Batch 64, dynamic: 100 µs under the profiler; multiply 60 %, scale back and add bias 15 %, ' +
      'quantize 10 %, engine 8 %, call from JavaScript 4 %, Softmax 3 %.',
  ]);
});

test('bars are stacked, one series for each stage', () => {
  const { data, layout, alt } = timeSharesFigure(results, 'example');
  expect(layout.barmode).toBe('stack');
  expect(data).toHaveLength(dynamic.stages.size);
  expect(alt).toContain('multiply 60.0 µs');
});
