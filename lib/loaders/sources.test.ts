import { expect, it } from 'vitest';
import { z } from 'zod';
import { dataSources } from '#lib/loaders/sources';

it('names files, checksums and mirrors over HTTPS, pinned to a commit where they are a repository', () => {
  const mirror = z
    .url({ protocol: /^https$/ })
    .endsWith('/')
    .refine((url) => !/github|\/gh\//.test(url) || /[/@][0-9a-f]{40}\//.test(url));
  const source = z.strictObject({
    name: z.enum(['MNIST', 'SST-2']),
    folder: z.string().regex(/^[a-z0-9]+$/),
    files: z.array(
      z.strictObject({
        name: z.string().regex(/^[\w.-]+$/),
        bytes: z.int().positive(),
        examples: z.int().positive(),
        sha256: z.array(z.string().regex(/^[0-9a-f]{64}$/)).nonempty(),
      }),
    ),
    mirrors: z.array(mirror).min(2),
  });
  const table = z.strictObject({ mnist: source, sst2: source });
  expect(table.safeParse(dataSources).error).toBeUndefined();
});
