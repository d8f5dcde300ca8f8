import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Tensor, type InferenceSession } from 'onnxruntime-node';
import { median, sum } from 'simple-statistics';
import { z } from 'zod';
import { openEngine } from '#lib/evaluation/engine';
import { batchRows, onlyMatrix } from '#lib/evaluation/engineMatrix';
import { schedule } from '#lib/timers/interleave';

/** Where the time of a call goes, by the engine's own clock. All times are medians over calls, µs. */
export interface Profile {
  /** By operator of the graph that ran, such as `MatMulInteger`. */
  readonly operators: ReadonlyMap<string, number>;
  /** The engine's work around the operators: finding kernels, inputs and memory for each. */
  readonly engineMicroseconds: number;
  /** From JavaScript into the engine and back. */
  readonly callMicroseconds: number;
}

export interface ProfiledModel {
  readonly model: Uint8Array;
  /** Profiles the graph node by node as written, which shows what the engine else fuses into one. */
  readonly asWritten?: boolean;
}

export interface ProfileOptions {
  readonly threads: number;
  /** Profiled calls of each model, at least, after as many that only warm up. */
  readonly calls: number;
  readonly onProgress?: (done: number, total: number) => void;
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

/** Turns in which the calls of a model are made, and as many before them that warm up. */
const turns = 10;

/**
 * Runs models under ONNX Runtime's profiler, which times every node. Its clock has a resolution of 1 µs and
 * costs a few of them at each node and each call, so that small operators, and the call itself, look slower
 * than they are: shares of large ones are what to read.
 *
 * The models take turns of some calls each, after all of them were warmed up: what is called first in a
 * process would else look slower by what the call from JavaScript costs until it is compiled.
 *
 * @param batch float32, shape [rows, width], row-major
 * @returns one profile for each model, in their order
 */
export async function profileModels(
  models: readonly ProfiledModel[],
  batch: Float32Array,
  { threads, calls, onProgress, signal }: ProfileOptions,
): Promise<Profile[]> {
  const directory = mkdtempSync(join(tmpdir(), 'profile-'));
  const engines: InferenceSession[] = [];
  try {
    for (const [i, { model, asWritten }] of models.entries()) {
      const profile = join(directory, `${i}-trace`);
      engines.push(await openEngine(model, { threads, asWritten, profile }));
    }
    const callsInTurn = Math.ceil(calls / turns);
    const wallMicroseconds: number[][] = models.map(() => []);
    for (const [turn, order] of schedule(models.length, 2 * turns).entries()) {
      for (const i of order) {
        const input = onlyMatrix(engines[i].inputMetadata, 'input');
        const tensor = new Tensor('float32', batch, [batchRows(batch, input), input.columns]);
        for (let call = 0; call < callsInTurn; call++) {
          signal?.throwIfAborted();
          const start = performance.now();
          await engines[i].run({ [input.name]: tensor });
          if (turn >= turns) wallMicroseconds[i].push(1000 * (performance.now() - start));
        }
      }
      onProgress?.(turn + 1, 2 * turns);
    }
    for (const engine of engines) engine.endProfiling();
    const files = readdirSync(directory);
    return wallMicroseconds.map((own, i) => {
      const file = files.find((name) => name.startsWith(`${i}-`)) ?? '';
      return readTrace(readFileSync(join(directory, file), 'utf8'), own);
    });
  } finally {
    await Promise.allSettled(engines.map((engine) => engine.release()));
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
