import fc from 'fast-check';
import { expect, test } from 'vitest';
import { precisions, type Assignment, type Precision } from '#lib/sensitivity/assignment';
import { everyAssignment } from '#lib/sensitivity/cases';
import { searchAssignment } from '#lib/sensitivity/search';

/** Bytes of a layer of so many weights. */
const bytes = {
  float32: 4,
  float16: 2,
  'dynamic int8': 1,
  'static int8': 1.1,
  'int4 weights': 0.5,
};
const weights = [5, 10, 1];
const cost = (layer: number, precision: Precision): number => weights[layer] * bytes[precision];
const total = (
  assignment: Assignment,
  of: (layer: number, precision: Precision) => number,
): number =>
  assignment.reduce((sum, precision, layer) => sum + of(layer, precision as Precision), 0);

const harms = fc.array(fc.tuple(fc.nat(9), fc.nat(9), fc.nat(9), fc.nat(9)), {
  minLength: 3,
  maxLength: 3,
});
const sensitivityOf =
  (harm: readonly (readonly number[])[]) =>
  (layer: number, precision: Precision): number =>
    precision === 'float32' ? 0 : harm[layer][precisions.indexOf(precision) - 1];

test('meets the target, and no layer of what it finds could be cheaper', () => {
  fc.assert(
    fc.property(harms, fc.nat(20), (harm, limit) => {
      const sensitivity = sensitivityOf(harm);
      const meets = (one: Assignment): boolean => total(one, sensitivity) <= limit;
      const { assignment, tried } = searchAssignment({ layers: 3, cost, sensitivity, meets });
      expect(meets(assignment)).toBe(true);
      expect(tried).toContainEqual(assignment);
      assignment.forEach((precision, layer) => {
        for (const other of precisions) {
          if (cost(layer, other) >= cost(layer, precision)) continue;
          expect(meets(assignment.with(layer, other))).toBe(false);
        }
      });
    }),
  );
});

test('finds the optimum where one layer alone does harm', () => {
  fc.assert(
    fc.property(fc.nat(2), fc.integer({ min: 1, max: 9 }), (fragile, harm) => {
      const sensitivity = (layer: number, precision: Precision): number =>
        layer === fragile && precision === 'int4 weights' ? harm : 0;
      const meets = (one: Assignment): boolean => total(one, sensitivity) === 0;
      const { assignment } = searchAssignment({ layers: 3, cost, sensitivity, meets });
      const costs = everyAssignment(3)
        .filter(meets)
        .map((one) => total(one, cost));
      expect(total(assignment, cost)).toBe(Math.min(...costs));
    }),
  );
});

test('goes back to float32 where single layers show no harm and together they do', () => {
  const meets = (one: Assignment): boolean => one.every((precision) => precision === 'float32');
  const { assignment } = searchAssignment({ layers: 3, cost, sensitivity: () => 0, meets });
  expect(assignment).toEqual(['float32', 'float32', 'float32']);
});

test('a target that float32 misses is an error', () => {
  const problem = { layers: 3, cost, sensitivity: () => 0, meets: () => false };
  expect(() => searchAssignment(problem)).toThrow('float32 itself');
});
