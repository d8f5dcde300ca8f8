/** Where each part of a memory begins, in bytes, and where the last one ends. */
export interface Areas<Name extends string> {
  readonly at: Readonly<Record<Name, number>>;
  readonly end: number;
}

/**
 * Places parts one behind the other.
 *
 * @param bytes of each part, by name
 * @param start where the first one begins, divisible by 64
 * @returns addresses divisible by 64, so that no vector lies in two lines of the cache
 */
export function areas<Name extends string>(
  bytes: Readonly<Record<Name, number>>,
  start = 0,
): Areas<Name> {
  let end = start;
  const at = {} as Record<Name, number>;
  for (const name of Object.keys(bytes) as Name[]) {
    at[name] = end;
    end += Math.ceil(bytes[name] / 64) * 64;
  }
  return { at, end };
}
