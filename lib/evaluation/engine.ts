import { env, InferenceSession } from 'onnxruntime-node';

export interface EngineOptions {
  /** Threads that one operator may use. */
  readonly threads: number;
  /** Runs the graph node by node as it is written, instead of fusing and folding nodes. */
  readonly asWritten?: boolean;
  /** Lets the engine write the time of each node to a file whose path begins so; see `profileModels`. */
  readonly profile?: string;
}

/**
 * Loads a model into ONNX Runtime's CPU engine, with the settings that the whole project measures
 * with: all graph optimizations unless asked otherwise, operators one after another, no warnings printed. Call `release()`
 * on the result when done: its memory is not garbage-collected.
 *
 * @param model content of an ONNX file
 * @throws Error if the engine can't load or run such a model
 */
export async function openEngine(
  model: Uint8Array,
  { threads, asWritten = false, profile }: EngineOptions,
): Promise<InferenceSession> {
  if (!Number.isInteger(threads) || threads < 1) {
    throw new RangeError(`threads must be a whole number from 1, not ${threads}`);
  }
  env.logLevel = 'error'; // for what the engine says before there is a session
  process.env.ORT_DISABLE_TELEMETRY ??= '1'; // it reports sessions to its maker otherwise
  try {
    return await InferenceSession.create(model, {
      executionProviders: ['cpu'],
      graphOptimizationLevel: asWritten ? 'disabled' : 'all',
      executionMode: 'sequential',
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      logSeverityLevel: 3,
      ...(profile !== undefined && { enableProfiling: true, profileFilePrefix: profile }),
    });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`ONNX Runtime can't load this model of ${model.length} bytes: ${reason}`);
  }
}
