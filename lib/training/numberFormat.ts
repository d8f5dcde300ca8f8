/** A binary floating-point format of IEEE 754's kind, and what training needs to know of it. */
export interface NumberFormat {
  /** Of a stored number. */
  readonly bytes: number;
  /** Of these the first is implicit: 11 for float16, which stores 10. */
  readonly significantBits: number;
  /** Exponent of the smallest normal number: 2^-14 for float16. */
  readonly smallestExponent: number;
  /** The greatest finite number; what rounds beyond it becomes infinity. */
  readonly greatest: number;
}

/** Float32 and float16: IEEE 754 binary32 and binary16. Bfloat16: the upper half of a float32. */
export const numberFormats = {
  float32: {
    bytes: 4,
    significantBits: 24,
    smallestExponent: -126,
    greatest: (2 - 2 ** -23) * 2 ** 127,
  },
  bfloat16: {
    bytes: 2,
    significantBits: 8,
    smallestExponent: -126,
    greatest: (2 - 2 ** -7) * 2 ** 127,
  },
  float16: { bytes: 2, significantBits: 11, smallestExponent: -14, greatest: 65504 },
} as const satisfies Record<string, NumberFormat>;

export type FormatName = keyof typeof numberFormats;

/** The smallest positive number with all significant bits. Smaller ones, subnormal, have fewer. */
export function smallestNormal(format: FormatName): number {
  return 2 ** numberFormats[format].smallestExponent;
}

/** The smallest positive number. Up to half of it, numbers become 0. */
export function smallestSubnormal(format: FormatName): number {
  const { significantBits, smallestExponent } = numberFormats[format];
  return 2 ** (smallestExponent - significantBits + 1);
}
