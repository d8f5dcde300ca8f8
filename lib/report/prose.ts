import { display } from '#lib/report/display';
import { escape } from '#lib/report/grid';

/** Shows sentences that were made from measurements, so that the text can't contradict the tables. */
export function prose(text: string): void {
  display({ 'text/html': `<p>${escape(text)}</p>`, 'text/plain': text });
}
