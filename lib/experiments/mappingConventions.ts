/** What each toolkit's convention makes of the same numbers. */
import { quantizationError } from '#lib/mapping/error';
import { fbgemmMapping } from '#lib/mapping/fbgemmMapping';
import { integerRange } from '#lib/mapping/integerRange';
import { dequantize, linearMapping, quantize, type Scheme } from '#lib/mapping/linearMapping';
import { pytorchMapping } from '#lib/mapping/pytorchMapping';
import { minMax, type ValueRange } from '#lib/mapping/valueRange';
import type { Row } from '#lib/report/table';

const int8 = integerRange({ bits: 8, signed: true });
/** PyTorch's reduced range of activations. */
const uint7 = integerRange({ bits: 7, signed: false });
const symmetricSchemes: readonly Scheme[] = [
  'symmetric-narrow',
  'symmetric',
  'symmetric-no-clipping',
];

export interface ConventionRow extends Row {
  readonly Tensor: string;
  readonly Scheme: string;
  readonly Scale: number;
}

/** Tensors as int8 by each of the symmetric conventions. */
export function symmetricRows(tensors: Readonly<Record<string, Float32Array>>): ConventionRow[] {
  return Object.entries(tensors).flatMap(([tensor, values]) =>
    symmetricSchemes.map((scheme) => {
      const mapping = linearMapping(minMax(values), int8, scheme);
      const integers = quantize(values, mapping);
      const back = dequantize(integers, mapping);
      return {
        Tensor: tensor,
        Scheme: scheme,
        Scale: mapping.scale,
        Integers: integers.join(', '),
        'Largest error': quantizationError(values, back).maximum,
      };
    }),
  );
}

/**
 * Ranges as 0..127, affinely, by each toolkit.
 *
 * @throws Error if one of them doesn't represent 0 exactly
 */
export function toolkitRows(ranges: readonly ValueRange[]): Row[] {
  return ranges.flatMap((range) =>
    Object.entries({
      'ONNX Runtime': linearMapping(range, uint7, 'affine'),
      'PyTorch, observers': pytorchMapping(range, uint7, 'affine'),
      'PyTorch, fbgemm': fbgemmMapping(range, uint7, 'affine'),
    }).map(([toolkit, mapping]) => {
      const [zero] = dequantize(quantize(Float32Array.of(0), mapping), mapping);
      if (zero !== 0) throw new Error(`${toolkit}: 0 is not exact`);
      return {
        Range: `${range.min} to ${range.max}`,
        Toolkit: toolkit,
        Scale: mapping.scale.toPrecision(4),
        'Zero point': mapping.zeroPoint,
      };
    }),
  );
}
