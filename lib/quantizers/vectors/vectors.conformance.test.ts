import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { runOracle } from '#lib/quantizers/oracle/oracle';

test('the vectors are those that their script makes', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'vectors-'));
  try {
    const log = path.join(folder, 'log');
    await runOracle('../vectors/make_vectors.py', [folder], { log });
    const [made, names] = [folder, __dirname].map((at) =>
      readdirSync(at)
        .filter((name) => name.endsWith('.json'))
        .sort(),
    );
    expect(made).toEqual(names);
    for (const name of names) {
      const [made, kept] = [folder, __dirname].map((at) =>
        readFileSync(path.join(at, name), 'utf8'),
      );
      expect(made === kept, name).toBe(true);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});
