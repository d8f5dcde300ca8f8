/** Numbers as tables print them: as many digits as the measurement bears, and no more. */

/** Rounded to `digits` significant digits, never in exponential form: 4123.4 -> `4120`. */
export function significant(value: number, digits: number): string {
  return fixed(value, digits - 1 - exponent(value, digits));
}

/**
 * Mean and spread: the spread with two significant digits, the mean to the same place.
 * 80.913 and 1.271 -> `80.9 ± 1.3`; 2411.2 and 112 -> `2410 ± 110`.
 */
export function plusMinus(mean: number, spread: number): string {
  if (spread === 0) return `${significant(mean, 3)} ± 0`;
  const decimals = 1 - exponent(spread, 2);
  return `${fixed(mean, decimals)} ± ${fixed(spread, decimals)}`;
}

/** Least and greatest of some values: 2.104, 3.96 and 3.2 -> `2.10 to 3.96`; one number if they print alike. */
export function span(values: readonly number[], digits: number): string {
  const [low, high] = [Math.min(...values), Math.max(...values)].map((end) =>
    significant(end, digits),
  );
  return low === high ? low : `${low} to ${high}`;
}

/** Share in percent with two decimals: 9735 of 10000 -> `97.35`. */
export function percent(part: number, whole: number): string {
  return ((100 * part) / whole).toFixed(2);
}

/** With its sign, as the difference of two percentages: two decimals unless told otherwise. */
export function signed(points: number, decimals = 2): string {
  const digits = Math.abs(points).toFixed(decimals);
  return Number(digits) === 0 ? digits : `${points < 0 ? '−' : '+'}${digits}`;
}

/** `−0.12 to +0.03`: of a difference, percentage points. */
export function intervalText({ interval }: { interval: readonly [number, number] }): string {
  return interval.map((end) => signed(end)).join(' to ');
}

/** A p-value with three decimals, or `< 0.001`. */
export function pText(pValue: number): string {
  return pValue < 0.001 ? '< 0.001' : pValue.toFixed(3);
}

/** `1 thread`, `2 threads`. */
export function threadsText(threads: number): string {
  return threads === 1 ? '1 thread' : `${threads} threads`;
}

/** `measured 2026-01-30`, or of several days the first and the last: `measured 2026-01-30 to 2026-01-31`. */
export function measuredText(dates: readonly string[]): string {
  const days = [...dates].sort();
  return `measured ${[...new Set([days[0], days[days.length - 1]])].join(' to ')}`;
}

/** Power of ten of the leading digit once rounded to `digits` digits: 9.996 and 3 -> 1. */
function exponent(value: number, digits: number): number {
  return Number(value.toExponential(digits - 1).split('e')[1]);
}

/** Rounded to `decimals` places after the point; negative: before it. */
function fixed(value: number, decimals: number): string {
  if (decimals >= 0) return value.toFixed(decimals);
  const unit = 10 ** -decimals;
  return String(Math.round(value / unit) * unit);
}
