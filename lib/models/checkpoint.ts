import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { Dataset } from '#lib/loaders/dataset';
import { tfjsBackend } from '#lib/models/backend';
import { exportOnnx, importNetwork } from '#lib/models/exportOnnx';
import type { Network } from '#lib/models/network';
import type { ModelSpec } from '#lib/models/spec';
import { train, type Training } from '#lib/models/train';
import { decodeModel, encodeModel, metadata, withMetadata } from '#lib/onnx/model';
import { writeWhole } from '#lib/wholeFile';

/** A trained model, ready for the quantizers. */
export interface TrainedModel extends Training {
  readonly spec: ModelSpec;
  readonly seed: number;
  /** What trained it, for tables. */
  readonly backend: string;
  /** Content of the float32 ONNX file, without what a checkpoint notes beside the network. */
  readonly model: Uint8Array;
  /** The checkpoint, from the working directory; not there where it couldn't be written. */
  readonly path: string;
}

export interface CheckpointOptions {
  readonly seed: number;
  /** Trains in the place of {@link train}: the same training, in another process. */
  readonly training?: typeof train;
}

/** Where trained models are kept, seen from the root of the repository. */
const modelsDirectory = join('build', 'models');

/** Raised whenever `train` comes to give other bits, so that what it gave before is not read any more. */
const trainer = 4;

/**
 * The model that this training gives: read from `build/models` if it is there, else trained now and
 * kept. The file is named by all that the result depends on (hyperparameters, checksum of the data,
 * seed, backend, our arithmetic), so a change of any of them trains anew, and is written in one piece
 * at the end, so an interrupted training leaves nothing behind. A damaged file is trained anew. Where
 * the file can't be written, the model is used all the same, and a warning says what to mend.
 *
 * @throws what {@link train} throws
 */
export async function trainedModel(
  spec: ModelSpec,
  dataset: Dataset,
  { seed, training: make = train }: CheckpointOptions,
  directory = modelsDirectory,
): Promise<TrainedModel> {
  const { label: backend } = await tfjsBackend();
  const recipe = JSON.stringify({ spec, data: dataset.checksum, seed, backend, trainer });
  const path = join(directory, `${spec.name}-seed${seed}-${sha256(recipe).slice(0, 12)}.onnx`);
  let training = readCheckpoint(path, recipe);
  if (!training) {
    training = await make(spec, dataset, { seed });
    writeCheckpoint(path, recipe, spec.name, training);
  }
  const model = encodeModel(exportOnnx(training.network, spec.name));
  return { ...training, spec, seed, backend, model, path: relative('.', path) };
}

function writeCheckpoint(
  path: string,
  recipe: string,
  name: string,
  { network, losses }: Training,
): void {
  const notes = {
    recipe,
    losses: JSON.stringify(Array.from(losses)),
    sha256: networkHash(network),
  };
  const bytes = encodeModel(withMetadata(exportOnnx(network, name), notes));
  try {
    writeWhole(path, bytes);
  } catch (error) {
    console.warn(
      `The model is trained and used, but not kept for the next time: ${(error as Error).message}`,
    );
  }
}

function readCheckpoint(path: string, recipe: string): Training | undefined {
  if (!existsSync(path)) return undefined;
  try {
    const decoded = decodeModel(new Uint8Array(readFileSync(path)));
    const network = importNetwork(decoded);
    const about = metadata(decoded);
    if (about.get('recipe') !== recipe) throw new Error('it was made by another training');
    if (about.get('sha256') !== networkHash(network)) throw new Error('its weights were altered');
    const losses = Float32Array.from(JSON.parse(about.get('losses') ?? '[]') as number[]);
    return { network, losses };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    console.warn(`${path} can't be used and is trained anew: ${reason}`);
    return undefined;
  }
}

function networkHash(network: Network): string {
  const hash = createHash('sha256');
  for (const { weights, bias } of network) hash.update(weights).update(bias);
  return hash.digest('hex');
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
