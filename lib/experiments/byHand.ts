/** What checks the mapping that notebook 03 writes by hand. */
import { integerRange } from '#lib/mapping/integerRange';
import { linearMapping, quantize } from '#lib/mapping/linearMapping';
import { minMax } from '#lib/mapping/valueRange';
import type { Row } from '#lib/report/table';

/** How a range of numbers becomes integers: symmetric and signed ones are narrow, -127..127. */
export interface MappingKind {
  readonly symmetric: boolean;
  readonly signed: boolean;
}

export const mappingKinds: Readonly<Record<string, MappingKind>> = {
  'affine, unsigned': { symmetric: false, signed: false },
  'affine, signed': { symmetric: false, signed: true },
  'symmetric, unsigned': { symmetric: true, signed: false },
  'symmetric, signed': { symmetric: true, signed: true },
};

/** Numbers there and back. */
export interface RoundTrip {
  readonly scale: number;
  readonly zeroPoint: number;
  /** Lowest and highest integer. */
  readonly low: number;
  readonly high: number;
  readonly integers: Int32Array;
  readonly restored: Float32Array;
}

/** Quantizes and dequantizes numbers by their own range. */
export type RoundTripOf = (values: Float32Array, bits: number, kind: MappingKind) => RoundTrip;

/**
 * How far, in steps, numbers come back at most from where they were: those that lie between what the lowest
 * and the highest integer stand for. A row for each bit width, a column for each of {@link mappingKinds}.
 */
export function roundTripRows(
  values: Float32Array,
  bitWidths: readonly number[],
  roundTrip: RoundTripOf,
): Row[] {
  return bitWidths.map((bits) => {
    const worst = Object.entries(mappingKinds).map(([name, kind]) => {
      const { scale, zeroPoint, low, high, restored } = roundTrip(values, bits, kind);
      const [least, greatest] = [(low - zeroPoint) * scale, (high - zeroPoint) * scale];
      const errors = values.map((x, i) =>
        x < least || x > greatest ? 0 : Math.abs(x - restored[i]) / scale,
      );
      return [name, errors.reduce((most, error) => Math.max(most, error), 0)];
    });
    return { Bits: bits, ...(Object.fromEntries(worst) as Record<string, number>) };
  });
}

/** The integers that the library gives for numbers, mapped as in {@link RoundTripOf}. */
export function libraryIntegers(
  values: Float32Array,
  bits: number,
  { symmetric, signed }: MappingKind,
): Int32Array {
  const integers = integerRange({ bits, signed, narrow: symmetric && signed });
  return quantize(
    values,
    linearMapping(minMax(values), integers, symmetric ? 'symmetric' : 'affine'),
  );
}
