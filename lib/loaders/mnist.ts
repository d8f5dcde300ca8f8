import { openDataFiles, type Loading } from '#lib/loaders/dataDirectory';
import { DataFileError, type DataFile } from '#lib/loaders/dataFile';
import { rowCount, type Dataset, type Split } from '#lib/loaders/dataset';
import { assertGenuine, datasetChecksum } from '#lib/loaders/genuine';
import { parseIdx } from '#lib/loaders/idx';
import { dataSources } from '#lib/loaders/sources';

const side = 28;
const digits = 10;

export interface MnistOptions extends Loading {
  /** Side of the square kept from the middle of each image, pixels, 1 to 28: 20 in this lab. */
  readonly crop: number;
}

/**
 * MNIST: 60,000 images of handwritten digits to train with and 10,000 to test with, each a row of
 * crop x crop float32 pixels from 0 (background) to 1 (ink). Where the files are looked for is told
 * at {@link openDataFiles}.
 *
 * @throws RangeError if `crop` is not a whole number from 1 to 28
 * @throws DataFileError if a file is damaged, or not what its name says
 */
export async function loadMnist({ crop, ...loading }: MnistOptions): Promise<Dataset> {
  if (!Number.isInteger(crop) || crop < 1 || crop > side) {
    throw new RangeError(`crop is ${crop}, must be a whole number of pixels from 1 to ${side}`);
  }
  const { origin, files } = await openDataFiles(dataSources.mnist, loading);
  const [trainImages, trainLabels, testImages, testLabels] = files;
  const train = readSplit(trainImages, trainLabels, crop);
  const test = readSplit(testImages, testLabels, crop);
  if (origin === 'real') {
    const [trained, tested] = [rowCount(train.features), rowCount(test.features)];
    assertGenuine(dataSources.mnist, files, [trained, trained, tested, tested]);
  }
  const checksum = datasetChecksum(files, { crop });
  return { name: 'MNIST', origin, classes: digits, train, test, checksum };
}

function readSplit(imageFile: DataFile, labelFile: DataFile, crop: number): Split {
  const images = parseIdx(imageFile, 3);
  const labels = parseIdx(labelFile, 1).values;
  const [count, rows, columns] = images.shape;
  if (rows !== side || columns !== side) {
    throw new DataFileError(
      imageFile.path,
      `at byte 8: expected images of ${side} x ${side} pixels, found ${rows} x ${columns}.`,
    );
  }
  if (labels.length !== count) {
    throw new DataFileError(
      labelFile.path,
      `at byte 4: expected ${count} labels, one for each image in ${imageFile.path}, found ${labels.length}.`,
    );
  }
  const wrong = labels.findIndex((label) => label >= digits);
  if (wrong >= 0) {
    throw new DataFileError(
      labelFile.path,
      `at byte ${8 + wrong}: expected a label from 0 to 9, found ${labels[wrong]}.`,
    );
  }
  return {
    features: { kind: 'dense', width: crop * crop, values: cropImages(images.values, count, crop) },
    labels: Uint8Array.from(labels),
  };
}

/** The middle of each image, pixel / 255: shape [count, crop * crop]. */
function cropImages(pixels: Uint8Array, count: number, crop: number): Float32Array {
  const shade = Float32Array.from({ length: 256 }, (_, pixel) => pixel / 255);
  const margin = Math.floor((side - crop) / 2);
  const values = new Float32Array(count * crop * crop);
  let next = 0;
  for (let image = 0; image < count; image++) {
    for (let y = margin; y < margin + crop; y++) {
      const start = (image * side + y) * side + margin;
      for (let x = start; x < start + crop; x++) values[next++] = shade[pixels[x]];
    }
  }
  return values;
}
