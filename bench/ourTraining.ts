import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Contestant } from '#bench/contestant';
import { readFloats, readManifest, sparse } from '#bench/materials';
import type { Dataset, Features } from '#lib/loaders/dataset';
import { mnistModel, sst2Model } from '#lib/models/spec';
import { train } from '#lib/models/train';

/** First steps of a training that are not counted: they warm up. */
const warmUp = 3;

/** Our training on the materials' rows; its steps are timed from one to the next. */
export function ourTraining(folder: string): Contestant {
  return {
    case: 'training',
    name: 'train',
    reads: 'counts',
    call: () => {
      throw new Error('a training has no logits');
    },
    steps: async () => {
      const { widths } = readManifest(folder);
      const values = readFloats(folder, 'train.f32');
      const isWords = existsSync(join(folder, 'words.i32'));
      const spec = isWords ? sst2Model : mnistModel;
      const features: Features = isWords
        ? sparse(values, widths[0])
        : { kind: 'dense', width: widths[0], values };
      const split = { features, labels: new Uint8Array(readFileSync(join(folder, 'train.u8'))) };
      const dataset: Dataset = {
        name: spec.input.dataset,
        origin: 'real',
        classes: widths[widths.length - 1],
        train: split,
        test: split,
        checksum: '',
      };
      const ends: number[] = [];
      await train({ ...spec, epochs: 1 }, dataset, {
        seed: 1,
        onStep: () => ends.push(performance.now() * 1000),
      });
      return ends
        .slice(1)
        .map((end, i) => end - ends[i])
        .slice(warmUp);
    },
  };
}
