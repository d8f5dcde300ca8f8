/** How far a long step has come. */
export interface Stage {
  /** What is done: `Training mnist, seed 1`. */
  readonly title: string;
  /** What is counted, in the plural: `steps`. */
  readonly unit: string;
  readonly done: number;
  /** 0 until it is known; of a single unit no share is told. */
  readonly total: number;
  readonly elapsedMilliseconds: number;
  /** The latest to say: `loss 0.21`. */
  readonly note?: string;
}

/** `Training mnist, seed 1: 620 of 1,876 steps (33 %), 21 s left, loss 0.21`. */
export function progressText(stage: Stage): string {
  const { title, unit, done, total, elapsedMilliseconds, note } = stage;
  if (total <= 1) return `${title} …`;
  const share = `${count(done)} of ${count(total)} ${unit} (${Math.floor((100 * done) / total)} %)`;
  const left = done > 0 ? `${duration((elapsedMilliseconds / done) * (total - done))} left` : '';
  return `${title}: ${[share, left, note].filter(Boolean).join(', ')}`;
}

/** `Training mnist, seed 1: 1,876 steps in 43 s, loss 0.08`. */
export function doneText({ title, unit, done, elapsedMilliseconds, note }: Stage): string {
  const what = done > 1 ? `${count(done)} ${unit}` : 'done';
  const took = `${what} in ${duration(elapsedMilliseconds)}`;
  return `${title}: ${[took, note].filter(Boolean).join(', ')}`;
}

/** `Training mnist, seed 1: failed after 620 of 1,876 steps`. */
export function failedText({ title, unit, done, total }: Stage): string {
  return `${title}: failed${total > 1 ? ` after ${count(done)} of ${count(total)} ${unit}` : ''}`;
}

/** `0.4 s`, `43 s`, `2 min 05 s`. */
export function duration(milliseconds: number): string {
  if (milliseconds < 950) return `${(milliseconds / 1000).toFixed(1)} s`;
  const seconds = Math.round(milliseconds / 1000);
  if (seconds < 60) return `${seconds} s`;
  return `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, '0')} s`;
}

function count(value: number): string {
  return value.toLocaleString('en-US');
}
