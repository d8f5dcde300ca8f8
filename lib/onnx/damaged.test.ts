/** What reading does with files that a disk or a download damaged. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { exampleModel as whole } from '#lib/onnx/exampleModel';
import { decodeModel } from '#lib/onnx/model';
import { readTensor } from '#lib/onnx/tensor';
import { quantizeDynamic } from '#lib/quantizers/dynamicInt8';
import { layersLeft } from '#lib/quantizers/linearLayers';

/** Some bits of the file turned over, and its end cut off. */
const damaged = fc
  .record({
    bits: fc.array(fc.nat({ max: 8 * whole.length - 1 }), { maxLength: 6 }),
    length: fc.oneof(fc.constant(whole.length), fc.nat({ max: whole.length })),
  })
  .map(({ bits, length }) => {
    const bytes = whole.slice();
    for (const bit of bits) bytes[bit >> 3] ^= 1 << (bit & 7);
    return bytes.subarray(0, length);
  });

test.each<[string, (bytes: Uint8Array) => unknown]>([
  ['read', (bytes) => decodeModel(bytes).graph.initializer.map(readTensor)],
  ['looked at', layersLeft],
  ['quantized', (bytes) => quantizeDynamic(bytes)],
])('a damaged file is %s, or refused with an error that says something', (_, use) => {
  let refused = 0;
  fc.assert(
    fc.property(damaged, (bytes) => {
      try {
        use(bytes);
      } catch (error) {
        refused++;
        expect(error).toBeInstanceOf(Error);
        expect(error).not.toBeInstanceOf(TypeError);
        expect((error as Error).message).toMatch(
          /not an ONNX model|^Tensor "|This model|only finite numbers/,
        );
      }
    }),
    { numRuns: 500, seed: 1 },
  );
  expect(refused).toBeGreaterThan(100);
});
