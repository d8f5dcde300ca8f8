import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { mutated } from '#lib/fuzz/mutations';
import { offer, readers } from '#lib/fuzz/readers';

describe.each(readers)('$name', (reader) => {
  test('whole files are accepted', () => {
    for (const bytes of reader.whole) expect(offer(reader, bytes)).toBe(true);
  });

  // Many more are tried by `npm run fuzz`.
  test('mutated files are accepted, or refused with an error of the reader', () => {
    let refused = 0;
    const property = fc.property(mutated(reader.whole), (bytes) => {
      if (!offer(reader, bytes)) refused++;
    });
    fc.assert(property, { numRuns: 2000, seed: 1 });
    expect(refused).toBeGreaterThan(200);
    expect(refused).toBeLessThan(1995);
  });
});
