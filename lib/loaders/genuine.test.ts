import { describe, expect, it } from 'vitest';
import { dataFile } from '#lib/loaders/dataFile';
import { assertGenuine, datasetChecksum } from '#lib/loaders/genuine';
import type { DataSource } from '#lib/loaders/sources';

const file = dataFile('here/a.tsv', Buffer.from('abc'));
const source: DataSource = {
  name: 'SST-2',
  folder: 'sst2',
  files: [{ name: 'a.tsv', bytes: 3, examples: 7, sha256: ['0'.repeat(64), file.sha256] }],
  mirrors: [],
};

describe('assertGenuine', () => {
  it('accepts each checksum of the table', () => {
    expect(() => {
      assertGenuine(source, [file], [7]);
    }).not.toThrow();
  });

  it('names both checksums of an altered file', () => {
    const altered = dataFile('here/a.tsv', Buffer.from('abd'));
    expect(() => {
      assertGenuine(source, [altered], [7]);
    }).toThrow(
      new RegExp(`^here/a.tsv: .*altered.*0000 or ${file.sha256}, found ${altered.sha256}`),
    );
  });

  it('names the number of examples before it speaks of checksums', () => {
    const short = dataFile('here/a.tsv', Buffer.from('ab'));
    expect(() => {
      assertGenuine(source, [short], [6]);
    }).toThrow(/^here\/a\.tsv: expected the 7 examples of SST-2's a\.tsv, found 6/);
  });
});

describe('datasetChecksum', () => {
  it('depends on content and form, not on where the files lie', () => {
    const elsewhere = { ...file, path: 'there/a.tsv' };
    expect(datasetChecksum([elsewhere], { crop: 20 })).toBe(datasetChecksum([file], { crop: 20 }));
    expect(datasetChecksum([file], { crop: 28 })).not.toBe(datasetChecksum([file], { crop: 20 }));
    const altered = dataFile('here/a.tsv', Buffer.from('abd'));
    expect(datasetChecksum([altered], { crop: 20 })).not.toBe(
      datasetChecksum([file], { crop: 20 }),
    );
  });
});
