import type * as tfjs from '@tensorflow/tfjs';

/** The library, with a backend that is ready. */
export type Tfjs = typeof tfjs;

/** Where tfjs computes: TensorFlow's C library, or WebAssembly where that is missing. */
export type BackendName = 'tensorflow' | 'wasm';

export interface Backend {
  readonly tf: Tfjs;
  readonly name: BackendName;
  /** For tables: `tfjs-node 4.22.0 (native TensorFlow)`. */
  readonly label: string;
}

let ready: Promise<Backend> | undefined;

/**
 * The one place that chooses the tfjs backend: native tfjs-node if its library loads, else
 * WebAssembly, which gives the same results, several times slower.
 *
 * `LAB_BACKEND=wasm` asks for the fallback.
 */
export function tfjsBackend(): Promise<Backend> {
  ready ??= chooseBackend();
  return ready;
}

async function chooseBackend(): Promise<Backend> {
  const tf = process.env.LAB_BACKEND === 'wasm' ? undefined : await nativeTfjs();
  if (tf) {
    await tf.setBackend('tensorflow');
    return { tf, name: 'tensorflow', label: `tfjs-node ${tf.version_core} (native TensorFlow)` };
  }
  const wasm = await import('@tensorflow/tfjs');
  await import('@tensorflow/tfjs-backend-wasm');
  if (!(await wasm.setBackend('wasm'))) {
    throw new Error(
      'Neither native TensorFlow nor WebAssembly starts here. Run `npm start` again: its set-up repairs both.',
    );
  }
  return { tf: wasm, name: 'wasm', label: `tfjs ${wasm.version_core} (WebAssembly)` };
}

/** tfjs-node with its native library, or undefined where that can't be loaded. */
async function nativeTfjs(): Promise<Tfjs | undefined> {
  process.env.TF_CPP_MIN_LOG_LEVEL ??= '2'; // else TensorFlow's start-up log lands in the notebook
  process.env.TF_ENABLE_ONEDNN_OPTS ??= '1'; // faster kernels, which it takes by itself only on newer CPUs
  try {
    return await import('@tensorflow/tfjs-node');
  } catch (error) {
    const [reason] = String(error instanceof Error ? error.message : error).split('\n');
    console.warn(
      'Native TensorFlow does not load here, so training runs on WebAssembly, several times slower, ' +
        `with the same results. \`npm start\` tries to build it and says what is missing. (${reason})`,
    );
    return undefined;
  }
}
