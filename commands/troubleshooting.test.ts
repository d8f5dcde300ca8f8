import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { root } from '#setup/environment';

/** What the sources say, with texts joined that stand on several lines. */
const said = ['setup', 'commands', 'jupyter', 'lib']
  .flatMap((folder) =>
    readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => /(?<!\.test)\.(ts|mjs)$/.test(name))
      .map((name) => readFileSync(path.join(root, folder, name), 'utf8')),
  )
  .join('\n')
  .replace(/['"`] \+\n\s*['"`]/g, '');

const readme = readFileSync(path.join(root, 'README.md'), 'utf8');
const [, section] = readme.split('\n## When something fails\n');
const quoted = Array.from(section.matchAll(/“([^”]+)”/g), ([, message]) => message);

test('the table of failures quotes messages', () => {
  expect(quoted.length).toBeGreaterThan(8);
});

test.each(quoted)('“%s” is what a command says', (message) => {
  for (const part of message.split('…')) expect(said).toContain(part);
});
