/** Integers from `min` to `max`; 0 is among them. */
export interface IntegerRange {
  readonly min: number;
  readonly max: number;
}

export interface IntegerRangeOptions {
  /** From 2 to 16. */
  readonly bits: number;
  readonly signed: boolean;
  /**
   * Leaves out the lowest of signed integers, so that there are as many below 0 as above it: -127..127
   * instead of -128..127.
   */
  readonly narrow?: boolean;
}

/**
 * The integers of a type: -128..127 for 8 bits signed, 0..255 for 8 bits unsigned. One bit less is what
 * PyTorch calls a reduced range: -64..63 and 0..127.
 *
 * @throws RangeError if `bits` isn't a whole number from 2 to 16, or unsigned integers shall be narrow
 */
export function integerRange({ bits, signed, narrow = false }: IntegerRangeOptions): IntegerRange {
  if (!Number.isInteger(bits) || bits < 2 || bits > 16) {
    throw new RangeError(`bits must be a whole number from 2 to 16, not ${bits}`);
  }
  const min = signed ? -(2 ** (bits - 1)) : 0;
  const integers = { min, max: min + 2 ** bits - 1 };
  return narrow ? narrowed(integers) : integers;
}

/**
 * As many integers below 0 as above it: -127..127 of -128..127.
 *
 * @throws RangeError if none are below 0
 */
export function narrowed({ min, max }: IntegerRange): IntegerRange {
  if (min >= 0) throw new RangeError('only signed integers have a narrow range');
  return { min: Math.max(min, -max), max };
}
