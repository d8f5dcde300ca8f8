import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { readNotebook } from '#jupyter/notebookFile';
import { root } from '#setup/environment';

const folders = ['.', 'data', 'docs', 'lib/quantizers/vectors', 'notebooks'];
const texts = folders.flatMap((folder) =>
  readdirSync(path.join(root, folder))
    .filter((file) => /\.(md|ipynb)$/.test(file))
    .map((file) => {
      const place = path.join(root, folder, file);
      const text = file.endsWith('.md')
        ? readFileSync(place, 'utf8')
        : readNotebook(place)
            .cells.filter(({ cell_type }) => cell_type === 'markdown')
            .map(({ source }) => (Array.isArray(source) ? source.join('') : source))
            .join('\n');
      return { name: path.join(folder, file), place, text };
    }),
);

test.each(texts)('links of $name lead to files that are there', ({ place, text }) => {
  const links = Array.from(text.matchAll(/\]\(<?([^)\s>]+)>?\)/g), ([, link]) => link);
  const inside = links.filter((link) => !/^(https?:|#|attachment:)/.test(link));
  const lost = inside.filter(
    (link) => !existsSync(path.resolve(path.dirname(place), decodeURI(link.split('#')[0]))),
  );
  expect(lost).toEqual([]);
});
