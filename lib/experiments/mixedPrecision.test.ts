import { expect, test } from 'vitest';
import { measureNames } from '#lib/sensitivity/agreement';
import { exampleSensitivity as example } from '#lib/sensitivity/exampleSensitivity';
import { mixtures } from '#lib/sensitivity/outcome';
import {
  changesAtMost,
  losesAtMost,
  mixtureFront,
  searches,
  searchRows,
} from '#lib/experiments/mixedPrecision';
import { searchFindings, selectionFinding } from '#lib/experiments/sensitivityFindings';

test('targets take what is on the bound', () => {
  const [, half] = mixtures(example).filter(({ paired }) => paired.losses > 0);
  const { difference, changed, total } = half.paired;
  expect(losesAtMost(-difference).meets(half)).toBe(true);
  expect(losesAtMost(-difference - 0.01).meets(half)).toBe(false);
  expect(changesAtMost((100 * changed) / total).meets(half)).toBe(true);
  expect(changesAtMost(0).meets(half)).toBe(false);
});

test('the front holds the smallest, the fastest and the most accurate, and no float32, which float16 beats', () => {
  const front = mixtureFront(example);
  const names = front.map(({ assignment }) => assignment.join());
  expect(names).toContain('int4 weights,int4 weights,int4 weights');
  expect(names).toContain('static int8,static int8,static int8');
  expect(names).toContain('float16,float16,float16');
  expect(names.some((name) => name.includes('float32'))).toBe(false);
});

const targets = [0, 0.2, 0.5, 1, 3].flatMap((points) =>
  (['smallest', 'fastest'] as const).map((want) => ({ want, ...losesAtMost(points) })),
);

test.each(measureNames)(
  'searches guided by %s meet their targets, and are held against the optimum',
  (guide) => {
    const results = searches(example, targets, [guide]);
    for (const { target, found, optimum, excess, measured, total } of results) {
      expect(target.meets(found)).toBe(true);
      const costs = mixtures(example)
        .filter(target.meets)
        .map((one) =>
          target.want === 'smallest' ? one.sizeBytes : (one.speed.get(1)?.microseconds ?? NaN),
        );
      const cost =
        target.want === 'smallest' ? optimum.sizeBytes : optimum.speed.get(1)?.microseconds;
      expect(cost).toBe(Math.min(...costs));
      expect(excess).toBeGreaterThanOrEqual(0);
      expect(measured).toBeLessThan(total);
    }
  },
);

test('says how many searches found the optimum', () => {
  const results = searches(example, targets, ['KL divergence']);
  const rows = searchRows(results, 1);
  const bySize = rows.filter((row) => String(row.Target).startsWith('smallest'));
  const found = bySize.filter((row) => row['Excess over best (%)'] === '0.0').length;
  const [first] = searchFindings(results, example);
  expect(first).toContain(`${found} of ${bySize.length} searches found the smallest of all 125`);
  // int4 throughout, the smallest of all, loses 2.4 points: only the last target allows that
  expect(first).toContain(
    `In 1 of the ${bySize.length} the start, each layer at its smallest, met`,
  );
  const strict = searches(example, targets.slice(0, 2), ['KL divergence']);
  expect(searchFindings(strict, example)[0]).toContain('In no search did the start');
  const all = results.map((one) => ({ ...one, excess: 0.5 }));
  const [size, time] = searchFindings(all, example);
  expect(size).toContain('They end up to 50 % above');
  expect(time).toContain('twice the noise. They take up to 50 % longer.');
});

test('a choice by one half of the examples is looked at on the other', () => {
  // float16 loses nothing, and nothing that loses nothing is smaller
  expect(selectionFinding(example)).toContain(
    'float16 · float16 · float16: 0.00 points against float32 there, and 0.00 on the examples',
  );
});
