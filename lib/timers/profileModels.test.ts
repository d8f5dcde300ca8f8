import { expect, test } from 'vitest';
import { quantizeDynamic } from '#lib/quantizers/dynamicInt8';
import { profileModels, readTrace } from '#lib/timers/profileModels';
import { squareModel, squareRows } from '#lib/sweep/squareModel';

/** As ONNX Runtime writes it. */
function trace(...calls: { gemm: number; relu: number; run: number }[]): string {
  const events = calls.flatMap(({ gemm, relu, run }) => [
    { cat: 'Node', name: 'a_kernel_time', dur: gemm, args: { op_name: 'Gemm' } },
    { cat: 'Node', name: 'b_kernel_time', dur: gemm, args: { op_name: 'Gemm' } },
    { cat: 'Node', name: 'c_kernel_time', dur: relu, args: { op_name: 'Relu' } },
    { cat: 'Session', name: 'SequentialExecutor::Execute', dur: run, args: {} },
    { cat: 'Session', name: 'model_run', dur: run, args: {} },
  ]);
  const loading = { cat: 'Session', name: 'model_loading_array', dur: 900, args: {} };
  return JSON.stringify([loading, ...events]);
}

test('adds up the operators of each call, and takes medians over the last calls', () => {
  const warmUp = { gemm: 500, relu: 500, run: 5000 };
  const calls = [
    { gemm: 10, relu: 2, run: 30 },
    { gemm: 15, relu: 400, run: 440 },
    { gemm: 20, relu: 4, run: 50 },
  ];
  const profile = readTrace(trace(warmUp, ...calls), [35, 450, 56]);
  expect(Object.fromEntries(profile.operators)).toEqual({ Gemm: 30, Relu: 4 });
  expect(profile.engineMicroseconds).toBe(8); // of 8, 10 and 6
  expect(profile.callMicroseconds).toBe(6); // of 5, 10 and 6
});

test('shows the nodes as written, and as the engine fuses them', async () => {
  const model = quantizeDynamic(squareModel({ width: 32, depth: 2 }));
  const both = [true, false].map((asWritten) => ({ model, asWritten }));
  const profiles = await profileModels(both, squareRows(32, 4), { threads: 1, calls: 5 });
  const [written, fused] = profiles.map(({ operators }) => [...operators.keys()].sort());
  expect(written).toEqual(['Add', 'Cast', 'DynamicQuantizeLinear', 'MatMulInteger', 'Mul', 'Relu']);
  expect(fused).toEqual(['DynamicQuantizeMatMul', 'Relu']);
});
