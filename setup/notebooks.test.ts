import { expect, test } from 'vitest';
import { selectNotebooks } from '#setup/notebooks';

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

test('an unknown section is an error that lists what there is', () => {
  expect(() => selectNotebooks(['01', '03'], names)).toThrow(/no section 03.*01-hardware\.ipynb/s);
});
