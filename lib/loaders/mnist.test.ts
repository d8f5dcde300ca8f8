import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { DenseFeatures } from '#lib/loaders/dataset';
import { generateMnist } from '#lib/loaders/generatedMnist';
import { encodeIdx, parseIdx } from '#lib/loaders/idx';
import { loadMnist } from '#lib/loaders/mnist';
import { repositoryData } from '#lib/loaders/sources';

const real = process.env.LAB_DATA ?? repositoryData;
const names = [
  'train-images-idx3-ubyte',
  'train-labels-idx1-ubyte',
  't10k-images-idx3-ubyte',
  't10k-labels-idx1-ubyte',
] as const;

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'mnist-'));
  await mkdir(join(directory, 'mnist'));
  vi.stubEnv('LAB_SAMPLE', '');
  vi.stubEnv('LAB_DATA', directory);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(directory, { recursive: true });
});

const put = (name: string, content: Uint8Array): Promise<void> =>
  writeFile(join(directory, 'mnist', name), content);

/** Two images and their labels for training and as many for the test. */
async function putSmallSet(): Promise<void> {
  const images = encodeIdx({ shape: [2, 28, 28], values: new Uint8Array(2 * 784) });
  const labels = encodeIdx({ shape: [2], values: Uint8Array.of(9, 0) });
  await Promise.all(names.map((name) => put(name, name.includes('images') ? images : labels)));
}

describe('loadMnist', () => {
  it.each([28, 20, 5])('keeps the middle square of side %i, divided by 255', async (crop) => {
    vi.stubEnv('LAB_SAMPLE', '1');
    const { origin, classes, train, test } = await loadMnist({ crop });
    expect({ origin, classes }).toEqual({ origin: 'generated', classes: 10 });
    const [, , images, labels] = generateMnist();
    const { values: pixels } = parseIdx(images, 3);
    const margin = Math.floor((28 - crop) / 2);
    const features = test.features as DenseFeatures;
    expect(features.width).toBe(crop * crop);
    for (const image of [0, 7, 499]) {
      const wanted = Array.from({ length: crop * crop }, (_, i) => {
        const [y, x] = [margin + Math.floor(i / crop), margin + (i % crop)];
        return Math.fround(pixels[image * 784 + y * 28 + x] / 255);
      });
      expect([...features.values.subarray(image * crop * crop, (image + 1) * crop * crop)]).toEqual(
        wanted,
      );
    }
    expect([...test.labels]).toEqual([...parseIdx(labels, 1).values]);
    expect(train.labels).toHaveLength(2000);
  });

  it.each([0, 29, 19.5, NaN])('refuses to crop to %d', async (crop) => {
    await expect(loadMnist({ crop })).rejects.toThrow(RangeError);
  });

  it('refuses a set that is complete in itself but is not MNIST', async () => {
    await putSmallSet();
    await expect(loadMnist({ crop: 20 })).rejects.toThrow(
      /mnist\/train-images-idx3-ubyte: expected the 60000 examples of MNIST's .*, found 2:/,
    );
  });

  it('says when images and labels are swapped', async () => {
    await putSmallSet();
    const images = await readFile(join(directory, 'mnist', names[0]));
    await put(names[1], images);
    await expect(loadMnist({ crop: 20 })).rejects.toThrow(/train-labels.* at byte 3: .*swapped/);
  });

  it('names the byte of a label above 9', async () => {
    await putSmallSet();
    await put(names[3], encodeIdx({ shape: [2], values: Uint8Array.of(3, 10) }));
    await expect(loadMnist({ crop: 20 })).rejects.toThrow(
      /t10k-labels-idx1-ubyte: at byte 9: expected a label from 0 to 9, found 10\./,
    );
  });

  it('refuses images of another size, or of another number than the labels', async () => {
    await putSmallSet();
    await put(names[1], encodeIdx({ shape: [3], values: new Uint8Array(3) }));
    await expect(loadMnist({ crop: 20 })).rejects.toThrow(
      /train-labels.*at byte 4: expected 2 labels.*found 3/,
    );
    await put(names[0], encodeIdx({ shape: [2, 32, 32], values: new Uint8Array(2048) }));
    await expect(loadMnist({ crop: 20 })).rejects.toThrow(
      /train-images.*at byte 8: expected images of 28 x 28 pixels, found 32 x 32/,
    );
  });
});

describe.skipIf(!existsSync(join(real, 'mnist')))('the real MNIST (in LAB_DATA or data/)', () => {
  it('is as its authors and users describe it', async () => {
    vi.stubEnv('LAB_DATA', real);
    const whole = await loadMnist({ crop: 28 });
    expect(whole.origin).toBe('real');
    expect([...whole.train.labels.subarray(0, 5)]).toEqual([5, 0, 4, 1, 9]);
    expect([...whole.test.labels.subarray(0, 5)]).toEqual([7, 2, 1, 0, 4]);
    expect([whole.train.labels.length, whole.test.labels.length]).toEqual([60000, 10000]);

    // The normalization that is customary with MNIST: mean 0.1307, standard deviation 0.3081.
    const { values } = whole.train.features as DenseFeatures;
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
    expect(mean).toBeCloseTo(0.1307, 4);
    expect(Math.sqrt(variance)).toBeCloseTo(0.3081, 4);

    const cropped = await loadMnist({ crop: 20 });
    expect((cropped.test.features as DenseFeatures).values).toHaveLength(10000 * 400);
    expect(cropped.checksum).not.toBe(whole.checksum);
  });

  it('loads the same plain as packed, and not with one byte altered', async () => {
    const read = async (name: string): Promise<Buffer> => {
      const packed = join(real, 'mnist', `${name}.gz`);
      return existsSync(packed)
        ? gunzipSync(await readFile(packed))
        : readFile(join(real, 'mnist', name));
    };
    await put(names[0], await read(names[0]));
    await put(names[1], await read(names[1]));
    await put(`${names[2]}.gz`, gzipSync(await read(names[2]), { level: 1 }));
    await put(`${names[3]}.gz`, gzipSync(await read(names[3])));
    const { checksum } = await loadMnist({ crop: 20 });
    vi.stubEnv('LAB_DATA', real);
    expect((await loadMnist({ crop: 20 })).checksum).toBe(checksum);

    vi.stubEnv('LAB_DATA', directory);
    const altered = await read(names[0]);
    altered[20_000_000] ^= 1;
    await put(names[0], altered);
    await expect(loadMnist({ crop: 20 })).rejects.toThrow(
      /train-images-idx3-ubyte: the content was altered: expected SHA-256 ba891046[0-9a-f]{56}, found/,
    );
  });
});
