/** What checks the mapping that notebook 03 writes by hand. */
import { integerRange } from '#lib/quantizers/mapping/integerRange';
import { linearMapping, quantize } from '#lib/quantizers/mapping/linearMapping';
import { minMax } from '#lib/quantizers/observers/observer';
import type { Row } from '#lib/report/table';

/** Numbers there and back. */
export interface RoundTrip {
  readonly scale: number;
  readonly integers: Int32Array;
  readonly restored: Float32Array;
}

/** Quantizes and dequantizes numbers by their own range: signed and narrow, or unsigned and affine. */
export type RoundTripOf = (values: Float32Array, bits: number, symmetric: boolean) => RoundTrip;

export interface RoundTripRow extends Row {
  readonly Bits: number;
  readonly Mapping: 'affine' | 'symmetric';
  readonly Scale: number;
  readonly 'Largest error / scale': number;
}

/** How far numbers come back from where they were, in steps. */
export function roundTripRows(
  values: Float32Array,
  bitWidths: readonly number[],
  roundTrip: RoundTripOf,
): RoundTripRow[] {
  return bitWidths.flatMap((bits) =>
    [false, true].map((symmetric) => {
      const { scale, restored } = roundTrip(values, bits, symmetric);
      const worst = values.reduce((most, x, i) => Math.max(most, Math.abs(x - restored[i])), 0);
      return {
        Bits: bits,
        Mapping: symmetric ? 'symmetric' : 'affine',
        Scale: scale,
        'Largest error / scale': worst / scale,
      };
    }),
  );
}

/** The integers that the library gives for numbers, mapped as in {@link RoundTripOf}. */
export function libraryIntegers(
  values: Float32Array,
  bits: number,
  symmetric: boolean,
): Int32Array {
  const integers = integerRange({ bits, signed: symmetric, narrow: symmetric });
  const scheme = symmetric ? 'symmetric' : 'affine';
  return quantize(values, linearMapping(minMax(values), integers, scheme));
}
