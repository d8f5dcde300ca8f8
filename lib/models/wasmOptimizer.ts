import type * as tfjs from '@tensorflow/tfjs';
import { adam, type AdamOptions } from '#lib/models/adam';
import type { Tfjs } from '#lib/models/backend';
import type { Optimizer } from '#lib/models/optimizer';
import { pickRows, spreadRows } from '#lib/models/usedColumns';

/** Adam in WebAssembly (see `adam`): parameters go to tfjs and gradients come back in each step. */
export async function wasmOptimizer(
  tf: Tfjs,
  start: readonly tfjs.Tensor2D[],
  options: AdamOptions,
): Promise<Optimizer> {
  const { parameters, gradients, step } = await adam(
    start.map((value) => value.dataSync<'float32'>()),
    options,
  );
  const shapes = start.map(({ shape }) => shape);
  return {
    parameters: (rows) =>
      shapes.map(([height, width], i) =>
        i === 0 && rows
          ? tf.tensor2d(pickRows(parameters[0], rows, width), [rows.length, width])
          : tf.tensor2d(parameters[i], [height, width]),
      ),
    step: (tensors, rows, learningRate) => {
      tensors.forEach((tensor, i) => {
        const gradient = tensor.dataSync<'float32'>();
        if (i === 0 && rows) spreadRows(gradient, rows, gradients[0]);
        else gradients[i].set(gradient);
      });
      step(learningRate);
    },
    replace: (change) => {
      for (const parameter of parameters) parameter.set(change(parameter));
    },
    values: () => parameters.map((parameter) => parameter.slice()),
    dispose: () => undefined, // the memory goes with the last reference to it
  };
}
