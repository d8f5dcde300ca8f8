import path from 'node:path';
import { expect, test } from 'vitest';
import { readNotebook, type Cell } from '#jupyter/notebookFile';
import {
  cellsAbout,
  parseQuestions,
  questionsIn,
  questionsOf,
  requireAnswers,
} from '#jupyter/questions';
import { root } from '#setup/environment';
import { notebookNames } from '#setup/notebooks';

const cell = (source: string, cell_type: 'code' | 'markdown' = 'markdown'): Cell => ({
  cell_type,
  source: source.split(/(?<=\n)/),
  metadata: {},
});
const cells = [
  cell('# 4 · Title\n\nText'),
  cell('const runs = 5;', 'code'),
  cell('## Q8, Q9 · First\n\nText'),
  cell('first();', 'code'),
  cell('## Q10 · Second'),
  cell('## Q99 · Not a heading', 'code'),
  cell('## Discussion'),
];

test('headings name questions', () => {
  expect(questionsOf('Q2, Q3 · The models of Lab 1')).toEqual(['Q2', 'Q3']);
  expect(questionsOf('Extra credit · A roofline')).toEqual(['Extra credit']);
  expect(questionsOf('Discussion of Q4')).toEqual([]);
});

test('questions are read as users write them', () => {
  expect(parseQuestions('Q4,q09, 13,extra')).toEqual(['Q4', 'Q9', 'Q13', 'Extra credit']);
  expect(() => parseQuestions('Q4,')).toThrow('write them like Q4,Q9');
});

test('the cells about a question are its sections, below what opens the notebook', () => {
  expect(cellsAbout(cells, ['Q9'])).toEqual(cells.slice(0, 4));
  expect(cellsAbout(cells, ['Q10'])).toEqual([...cells.slice(0, 2), ...cells.slice(4, 6)]);
  expect(cellsAbout(cells, ['Q99', 'Q1'])).toEqual([]);
});

test('a question that no section is about is refused, with those that there are', () => {
  expect(() => {
    requireAnswers(cells, ['Q8', 'Q14']);
  }).toThrow('No section is about Q14; there are: Q8, Q9, Q10.');
});

test("the lab's notebooks answer all thirteen questions and the extra credit", () => {
  const files = notebookNames().map((name) => path.join(root, 'notebooks', name));
  const answered = questionsIn(files.flatMap((file) => readNotebook(file).cells));
  const questions = Array.from({ length: 13 }, (_, i) => `Q${i + 1}`);
  expect(new Set(answered)).toEqual(new Set([...questions, 'Extra credit']));
});
