/**
 * danfo.js, for notebooks and tables: `import { DataFrame } from '#lib/report/dataFrame'`.
 *
 * danfo.js asks for tfjs-node, which does not load where its native library is missing. Its data
 * frames need no more than plain tfjs, so there it is given that.
 */
import { createRequire } from 'node:module';
import type * as danfo from 'danfojs-node';

const load = createRequire(__filename);

function loadDanfo(): typeof danfo {
  process.env.TF_CPP_MIN_LOG_LEVEL ??= '2'; // else TensorFlow's start-up log lands in the notebook
  const native = load.resolve('@tensorflow/tfjs-node');
  try {
    load(native);
    return load('danfojs-node') as typeof danfo;
  } catch {
    load('@tensorflow/tfjs');
    load.cache[native] = load.cache[load.resolve('@tensorflow/tfjs')];
    try {
      return load('danfojs-node') as typeof danfo;
    } finally {
      // Others who ask for tfjs-node must still learn that it is missing.
      Reflect.deleteProperty(load.cache, native);
    }
  }
}

export const DataFrame = loadDanfo().DataFrame;
export type DataFrame = danfo.DataFrame;
