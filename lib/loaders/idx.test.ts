import { describe, expect, it } from 'vitest';
import { dataFile } from '#lib/loaders/dataFile';
import { encodeIdx, parseIdx } from '#lib/loaders/idx';

/** Two images of 2 x 3 pixels, byte for byte as the format is described. */
const images = Buffer.from(
  '00000803 00000002 00000002 00000003 010203040506 0708090a0b0c'.replaceAll(' ', ''),
  'hex',
);
const labels = Buffer.from('00000801 00000003 050004'.replaceAll(' ', ''), 'hex');
const parse = (content: Buffer, dimensions: 1 | 3) =>
  parseIdx(dataFile('some/file', content), dimensions);

describe('parseIdx', () => {
  it('reads images and labels', () => {
    expect(parse(images, 3).shape).toEqual([2, 2, 3]);
    expect([...parse(images, 3).values]).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
    expect(parse(labels, 1).shape).toEqual([3]);
    expect([...parse(labels, 1).values]).toEqual([5, 0, 4]);
  });

  it('reads what encodeIdx writes', () => {
    expect(encodeIdx(parse(images, 3))).toEqual(images);
    expect(encodeIdx(parse(labels, 1))).toEqual(labels);
  });

  it.each([1, 3, 4, 8, 15, 16, 17, 27])(
    'names the byte where a file of %i bytes breaks off',
    (length) => {
      expect(() => parse(images.subarray(0, length), 3)).toThrow(
        new RegExp(
          `^some/file: at byte ${length}: expected (a header of 16|28) bytes.*found (the end|${length}).*data/README.md`,
        ),
      );
    },
  );

  it('refuses what goes on after the end', () => {
    expect(() => parse(Buffer.concat([images, Buffer.of(0)]), 3)).toThrow(
      /at byte 28: expected 28 bytes in all, 16 of header and 2 x 2 x 3 values, found 29/,
    );
  });

  it('refuses another start', () => {
    const floats = Buffer.from(images);
    floats[2] = 0x0d;
    expect(() => parse(floats, 3)).toThrow(/at byte 0: expected 000008.*found 00000d/);
    expect(() => parse(Buffer.from('<!DOCTYPE html><html>'), 3)).toThrow(
      /found 3c2144 \(a web page/,
    );
  });

  it('says when images and labels are swapped', () => {
    const manyLabels = encodeIdx({ shape: [20], values: new Uint8Array(20) });
    expect(() => parse(manyLabels, 3)).toThrow(/at byte 3: expected 3.*found 1: labels; .*swapped/);
    expect(() => parse(images, 1)).toThrow(/at byte 3: expected 1.*found 3: images; .*swapped/);
    const planes = encodeIdx({ shape: [2, 2], values: new Uint8Array(4) });
    expect(() => parse(planes, 1)).toThrow(/expected 1 as in a file of labels, found 2\./);
  });
});
