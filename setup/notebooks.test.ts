import path from 'node:path';
import { expect, test } from 'vitest';
import { selectNotebooks } from '#setup/notebooks';

const names = ['10-extra.ipynb', '02-models.ipynb', '01-hardware.ipynb'];
const select = (...sections: string[]): string[] =>
  selectNotebooks(sections, names).map((file) => path.basename(file));

test('all notebooks, in order, when no section is named', () => {
  expect(select()).toEqual(['01-hardware.ipynb', '02-models.ipynb', '10-extra.ipynb']);
});

test.each(['2', '02', '02-models', '02-models.ipynb', 'notebooks/02-models.ipynb'])(
  'section %s is 02-models',
  (section) => {
    expect(select(section)).toEqual(['02-models.ipynb']);
  },
);

test('sections run in the order of the lab', () => {
  expect(select('10', '1')).toEqual(['01-hardware.ipynb', '10-extra.ipynb']);
});

test('an unknown section is an error that lists what there is', () => {
  expect(() => select('01', '03')).toThrow(/no section 03.*01-hardware\.ipynb/s);
});
