import { expect, test } from 'vitest';
import { denseBatch, type SparseFeatures } from '#lib/loaders/dataset';
import { pickRows, spreadRows, usedColumns } from '#lib/models/usedColumns';

/** Rows: words 1 and 4 (twice); none; words 0 and 4. */
const features: SparseFeatures = {
  kind: 'sparse',
  width: 5,
  offsets: Uint32Array.of(0, 2, 2, 4),
  columns: Uint32Array.of(1, 4, 0, 4),
  values: Float32Array.of(1, 2, 1, 1),
};
/** Shape [5, 2]. */
const weights = Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10);

/** Plain matrix product. */
function product(a: Float32Array, b: Float32Array, rows: number, columns: number): number[] {
  const inner = a.length / rows;
  return Array.from({ length: rows * columns }, (_, i) => {
    let sum = 0;
    for (let k = 0; k < inner; k++) {
      sum += a[Math.floor(i / columns) * inner + k] * b[k * columns + (i % columns)];
    }
    return sum;
  });
}

test('the cut product is that of the whole', () => {
  const rows = Uint32Array.of(2, 0, 1);
  const { columns, batch } = usedColumns(features, rows);
  expect(columns).toEqual(Uint32Array.of(0, 1, 4));
  const whole = product(denseBatch(features, rows), weights, 3, 2);
  expect(product(batch, pickRows(weights, columns, 2), 3, 2)).toEqual(whole);
  expect(whole).toEqual([10, 12, 21, 24, 0, 0]);
});

test('gradients go back to their rows, and zeros to the others', () => {
  const gradient = Float32Array.of(1, 2, 3, 4);
  const into = new Float32Array(10).fill(9);
  spreadRows(gradient, Uint32Array.of(1, 4), into);
  expect(into).toEqual(Float32Array.of(0, 0, 1, 2, 0, 0, 0, 0, 3, 4));
});
