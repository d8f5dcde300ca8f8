import { describe, expect, it } from 'vitest';
import { generateMnist } from '#lib/loaders/generatedMnist';
import { generateSst2 } from '#lib/loaders/generatedSst2';
import { parseIdx } from '#lib/loaders/idx';
import { parseSentences } from '#lib/loaders/sst2';
import { mostFrequentWords } from '#lib/loaders/vocabulary';

/** The files are the same on every machine: these are their contents, pinned when they were made. */
const checksums = {
  mnist: [
    '8689a82c477024b31557b8a4e74d785ccb7ba624b607a53433ea77c6d0ad6d39',
    '7d448e5440da757fa5e404a9d6442f2423afd015a67918b2012780bba8681244',
    '049777992ef83f6b055877c1147efa756d9d097615953d8659ae6ac84b7f3097',
    '992b56c43c087378aa0f591fa6a81bd7ab1553fdae05f4104cfb989064556d29',
  ],
  sst2: [
    '2dcc3b14726866ede4dc3314aad5decd172f90e4fe2519900149858cfafe68aa',
    '2efe9bce00ce90daedd5373907d87a17226ded75cebedbb4475251b071037949',
  ],
};

describe('the generated MNIST', () => {
  const files = generateMnist();
  const [images, labels, testImages, testLabels] = files;

  it('is the same everywhere', () => {
    expect(files.map(({ sha256 }) => sha256)).toEqual(checksums.mnist);
  });

  it('draws digits that the mean images of their class tell apart, though not always', () => {
    const pixels = parseIdx(images, 3).values;
    const classes = parseIdx(labels, 1).values;
    const means = Array.from({ length: 10 }, () => new Float64Array(784));
    const counts = new Float64Array(10);
    for (const digit of classes) counts[digit]++;
    classes.forEach((digit, i) => {
      for (let p = 0; p < 784; p++) means[digit][p] += pixels[i * 784 + p] / counts[digit];
    });
    const tested = parseIdx(testImages, 3).values;
    const right = parseIdx(testLabels, 1).values.filter((digit, i) => {
      const distances = means.map((mean) =>
        mean.reduce((sum, value, p) => sum + (value - tested[i * 784 + p]) ** 2, 0),
      );
      return distances.indexOf(Math.min(...distances)) === digit;
    });
    expect(counts.every((count) => count > 150)).toBe(true);
    expect(right.length / 500).toBeGreaterThan(0.4);
    expect(right.length / 500).toBeLessThan(0.95);
  });
});

describe('the generated SST-2', () => {
  const files = generateSst2();

  it('is the same everywhere', () => {
    expect(files.map(({ sha256 }) => sha256)).toEqual(checksums.sst2);
  });

  it('has both classes, thousands of words, and words that mostly go with one class', () => {
    const { sentences, labels } = parseSentences(files[0]);
    const positive = labels.reduce((sum, label) => sum + label, 0);
    expect(Math.abs(positive - 1000)).toBeLessThan(100);
    expect(mostFrequentWords(sentences, 10_000).length).toBeGreaterThan(2500);
    const tender = labels.filter((_, i) => sentences[i].includes('tender'));
    const share = tender.reduce((sum, label) => sum + label, 0) / tender.length;
    expect(share).toBeGreaterThan(0.6);
    expect(share).toBeLessThan(0.95);
  });
});
