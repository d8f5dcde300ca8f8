import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { root } from '#setup/environment';
import { notebookNames, selectNotebooks, startPlan } from '#setup/notebooks';

const names = ['01-hardware.ipynb', '02-models.ipynb', '10-extra.ipynb'];

test('all notebooks when no section is named', () => {
  expect(selectNotebooks([], names)).toEqual(names);
});

test.each(['2', '02', '02-models', '02-models.ipynb', 'notebooks/02-models.ipynb'])(
  'section %s is 02-models',
  (section) => {
    expect(selectNotebooks([section], names)).toEqual(['02-models.ipynb']);
  },
);

test('sections run in the order of the lab', () => {
  expect(selectNotebooks(['10', '1'], names)).toEqual(['01-hardware.ipynb', '10-extra.ipynb']);
});

test('in a fresh clone a section runs and exports itself and nothing else', () => {
  const fresh = (): boolean => false;
  const [, models] = names;
  expect(startPlan(['02'], names, fresh)).toEqual({ run: [models], exported: [models] });
  expect(startPlan([], names, fresh)).toEqual({ run: names, exported: names });
});

test('a section that is run again leaves the others in the write-up', () => {
  const ran = (name: string): boolean => name.startsWith('01');
  expect(startPlan(['2'], names, ran)).toEqual({ run: [names[1]], exported: names.slice(0, 2) });
});

test('an unknown section is an error that lists what there is', () => {
  expect(() => selectNotebooks(['01', '03'], names)).toThrow(/no section 03.*01-hardware\.ipynb/s);
});

test.each(notebookNames())('no cell of %s installs anything', (name) => {
  const text = readFileSync(path.join(root, 'notebooks', name), 'utf8');
  const { cells } = JSON.parse(text) as { cells: { cell_type: string; source: string[] }[] };
  const code = cells
    .filter(({ cell_type }) => cell_type === 'code')
    .flatMap(({ source }) => source);
  expect(code.length).toBeGreaterThan(5);
  expect(code.join('')).not.toMatch(/(npm|pip) (i|install|ci)\b|^[!%]/m);
});
