import { display } from '#lib/report/display';
import { escape } from '#lib/report/grid';

/**
 * Shows sentences that were made from measurements as a list: a text beside a table that can't contradict
 * it, on whatever machine both were made.
 */
export function findings(sentences: readonly string[]): void {
  const items = sentences.map((sentence) => `<li>${escape(sentence)}</li>`);
  display({
    'text/html': `<ul>\n${items.join('\n')}\n</ul>`,
    'text/plain': sentences.map((sentence) => `- ${sentence}`).join('\n'),
  });
}
