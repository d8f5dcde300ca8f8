/** The lab's questions, as the headings of notebooks name them. */
import type { Cell } from '#jupyter/notebookFile';

/** What headings of questions without a number begin with. */
const extraCredit = 'Extra credit';

/** Questions that a heading names: Q2 and Q3 in `Q2, Q3 · The models of Lab 1`. */
export function questionsOf(heading: string): string[] {
  const names = /^(Q\d+(?:, Q\d+)*|Extra credit)\b/.exec(heading)?.at(1);
  return names?.split(', ') ?? [];
}

/**
 * Reads a list of questions as users write it, `Q4,q9,extra`.
 *
 * @throws Error that says how to write it
 */
export function parseQuestions(list: string): string[] {
  return list.split(',').map((part) => {
    const question = part.trim();
    if (/^q?\d+$/i.test(question)) return `Q${Number(question.replace(/q/i, ''))}`;
    if (/^extra( credit)?$/i.test(question)) return extraCredit;
    throw new Error(`"${part}" is no question: write them like Q4,Q9 or extra.`);
  });
}

/**
 * The cells of a notebook that answer questions: what stands above its first section, with title and
 * hyperparameters, and the sections that name one of the questions; none if no section does. Sections
 * begin with cells that begin with `## `.
 */
export function cellsAbout(cells: readonly Cell[], questions: readonly string[]): Cell[] {
  const headings = cells.map(sectionHeading);
  const first = headings.findIndex((heading) => heading !== undefined);
  let chosen = false;
  const answers = cells.filter((_, i) => {
    const heading = headings[i];
    if (heading !== undefined) chosen = questionsOf(heading).some((q) => questions.includes(q));
    return chosen;
  });
  return answers.length === 0 ? [] : [...cells.slice(0, first), ...answers];
}

/** All questions that sections of the cells name, in order. */
export function questionsIn(cells: readonly Cell[]): string[] {
  return [...new Set(cells.flatMap((cell) => questionsOf(sectionHeading(cell) ?? '')))];
}

/** @throws Error that names what there is, if no section of the cells is about one of the questions */
export function requireAnswers(cells: readonly Cell[], questions: readonly string[]): void {
  const answered = questionsIn(cells);
  const lost = questions.find((question) => !answered.includes(question));
  if (lost !== undefined) {
    throw new Error(`No section is about ${lost}; there are: ${answered.join(', ')}.`);
  }
}

function sectionHeading({ cell_type, source }: Cell): string | undefined {
  const text = typeof source === 'string' ? source : source.join('');
  return cell_type === 'markdown' ? /^## (.*)/.exec(text)?.[1] : undefined;
}
