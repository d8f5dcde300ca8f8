import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Tensor } from 'onnxruntime-node';
import { median, sum } from 'simple-statistics';
import { z } from 'zod';
import { openEngine } from '#lib/evaluation/engine';
import { batchRows, onlyMatrix } from '#lib/evaluation/engineMatrix';

/** Where the time of a call goes, by the engine's own clock. All times are medians over calls, µs. */
export interface Profile {
  /** By operator of the graph that ran, such as `MatMulInteger`. */
  readonly operators: ReadonlyMap<string, number>;
  /** The engine's work around the operators: finding kernels, inputs and memory for each. */
  readonly engineMicroseconds: number;
  /** From JavaScript into the engine and back. */
  readonly callMicroseconds: number;
}

export interface ProfileOptions {
  readonly threads: number;
  /** Profiled calls, after as many that only warm up. */
  readonly calls: number;
  /** Profiles the graph node by node as written, which shows what the engine else fuses into one. */
  readonly asWritten?: boolean;
  readonly signal?: AbortSignal;
}

/** The part of the engine's trace (Chrome's Trace Event Format) that is read: durations in whole µs. */
const traceSchema = z.array(
  z.object({
    name: z.string(),
    dur: z.number().optional(),
    args: z.object({ op_name: z.string().optional() }).optional(),
  }),
);

/**
 * Runs a model under ONNX Runtime's profiler, which times every node. The clock has a resolution of 1 µs
 * and costs a few of them at each node, so that small operators look slower than they are: shares of
 * large ones are what to read.
 *
 * @param batch float32, shape [rows, width], row-major
 */
export async function profileModel(
  model: Uint8Array,
  batch: Float32Array,
  { threads, calls, asWritten, signal }: ProfileOptions,
): Promise<Profile> {
  const directory = mkdtempSync(join(tmpdir(), 'profile-'));
  try {
    const profile = join(directory, 'trace');
    const engine = await openEngine(model, { threads, asWritten, profile });
    const wallMicroseconds: number[] = [];
    try {
      const input = onlyMatrix(engine.inputMetadata, 'input');
      const tensor = new Tensor('float32', batch, [batchRows(batch, input), input.columns]);
      for (let call = 0; call < 2 * calls; call++) {
        signal?.throwIfAborted();
        const start = performance.now();
        await engine.run({ [input.name]: tensor });
        if (call >= calls) wallMicroseconds.push(1000 * (performance.now() - start));
      }
      engine.endProfiling();
    } finally {
      await engine.release();
    }
    const [file] = readdirSync(directory);
    return readTrace(readFileSync(join(directory, file), 'utf8'), wallMicroseconds);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/**
 * Reads the last calls of a trace.
 *
 * @param wallMicroseconds times of these calls, seen from JavaScript
 */
export function readTrace(trace: string, wallMicroseconds: readonly number[]): Profile {
  const calls = callsOf(traceSchema.parse(JSON.parse(trace))).slice(-wallMicroseconds.length);
  const operators = new Set(calls.flatMap(({ operators }) => [...operators.keys()]));
  const ofCalls = (time: (call: TracedCall, index: number) => number): number =>
    median(calls.map(time));
  return {
    operators: new Map(
      Array.from(operators, (name) => [name, ofCalls((call) => call.operators.get(name) ?? 0)]),
    ),
    engineMicroseconds: ofCalls(({ run, operators }) => run - sum([...operators.values()])),
    callMicroseconds: ofCalls(({ run }, i) => wallMicroseconds[i] - run),
  };
}

interface TracedCall {
  readonly operators: Map<string, number>;
  /** Of the whole call, within the engine. */
  readonly run: number;
}

/** The calls of a trace: what belongs to a call comes before its end. */
function callsOf(events: z.infer<typeof traceSchema>): TracedCall[] {
  const calls: TracedCall[] = [];
  let operators = new Map<string, number>();
  for (const { name, dur = 0, args } of events) {
    if (name.endsWith('_kernel_time')) {
      const operator = args?.op_name ?? name;
      operators.set(operator, (operators.get(operator) ?? 0) + dur);
    } else if (name === 'model_run') {
      calls.push({ operators, run: dur });
      operators = new Map();
    }
  }
  return calls;
}
