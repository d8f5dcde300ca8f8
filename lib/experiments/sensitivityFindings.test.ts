import { expect, test } from 'vitest';
import { exampleSensitivity as example } from '#lib/sensitivity/exampleSensitivity';
import { outcomeOf, uniform, type Outcome, type Sensitivity } from '#lib/sensitivity/outcome';
import { lonelyLayerFinding } from '#lib/experiments/ranOperators';
import { mixtureFront } from '#lib/experiments/mixedPrecision';
import {
  additivityFinding,
  agreementFinding,
  costFindings,
  frontFinding,
  halvesFinding,
  int4Finding,
  keptLayerFindings,
  outputLayerFinding,
  rankingFindings,
} from '#lib/experiments/sensitivityFindings';
import {
  conditions,
  layerByteRows,
  layerTimeRows,
  rankedRows,
  timing,
} from '#lib/experiments/sensitivityRows';
import {
  accuracyByLayerFigure,
  agreementFigure,
  divergenceByLayerFigure,
  mixturesFigure,
} from '#lib/experiments/sensitivityFigures';

/** The example with this in all comparisons. */
function withPaired(all: Partial<Outcome['paired']>): Sensitivity {
  const outcomes = example.outcomes.map((one) => ({ ...one, paired: { ...one.paired, ...all } }));
  return { ...example, outcomes };
}

test('ranks layers, and says whether any of it is more than chance', () => {
  const [text] = rankingFindings(example);
  // 15 answers lost with int4 in layer2, 6 in layer1; 10 with static int8 and 7.5 with its weights
  expect(text).toContain('4 of these 15 changes lose accuracy beyond chance');
  expect(text).toContain('the worst is int4 weights in layer2, −1.50 points (−3.00 to 0.00)');
  expect(text).toContain('static int8 harms most in layer2 (1.0e-2 nats, 2.5 times layer1)');
  const tied = withPaired({ difference: -1, losses: 10, pValue: 1 });
  expect(rankingFindings(tied)[0]).toContain('among the worst is int8 weights in layer1');
  // 0.01 is below 0.05, and above the fifteenth of it that each of 15 tests may have
  expect(rankingFindings(withPaired({ pValue: 0.01 }))[0]).toContain(
    'none of these 15 changes loses',
  );
  expect(rankingFindings(withPaired({ difference: 0 }))[0]).toContain(
    'example: none of these 15 changes loses accuracy. By divergence',
  );
});

test('says whose error it is, and where there is none of the activations', () => {
  expect(halvesFinding(example)).toContain(
    'in layer1 the weights bring 3.0 times the divergence of the activations',
  );
  const lossless: Sensitivity = {
    ...example,
    outcomes: example.outcomes.map((one) =>
      one.assignment.join() === 'uint8 activations,float32,float32' ? { ...one, sqnr: 140 } : one,
    ),
  };
  expect(halvesFinding(lossless)).toContain('8 bits hold what it reads without loss');
});

test('names the layer to keep', () => {
  expect(keptLayerFindings(example)[1]).toBe(
    'example, static int8: keeping layer2 in float32 helps most, the divergence falls from 1.6e-2 to ' +
      '6.0e-3 nats. It is also the layer that does most harm alone.',
  );
});

test('says what the output layer in float32 costs and brings', () => {
  // static int8 throughout has 8000 bytes and loses 16 answers: 2 of 1000 weights in logits, 10 in layer2
  expect(outputLayerFinding(example)).toContain(
    'in static int8 38 % more bytes change the divergence by −13 % (layer2 in float32: −63 %)',
  );
  // where logits is the layer that brings most, it is named once
  const kept = example.outcomes.map((one) =>
    one.assignment.join() === 'static int8,static int8,float32' ? { ...one, divergence: 0 } : one,
  );
  expect(outputLayerFinding({ ...example, outcomes: kept })).toContain(
    'change the divergence by −100 %; in int4',
  );
});

test('rankings that agree are called so', () => {
  expect(agreementFinding(example)).toContain('goes the same way here (+1.00)');
  expect(additivityFinding(example)).toContain('is 1.0 times the sum');
  const alike = example.outcomes.map((one) => ({ ...one, paired: example.outcomes[0].paired }));
  expect(agreementFinding({ ...example, outcomes: alike })).toContain('nothing to rank');
});

test('rankings by accuracy are called what their correlation says', () => {
  const gaining = example.outcomes.map((one) => ({
    ...one,
    paired: { ...one.paired, difference: -one.paired.difference },
  }));
  expect(agreementFinding({ ...example, outcomes: gaining })).toContain(
    'ranks them the other way round (−1.00): the more a change diverges, the more answers it gets right',
  );
  // in pairs, the one of each that diverges more is now above the other, now below
  const random = example.outcomes.map((one, i) => ({
    ...one,
    paired: { ...one.paired, difference: (i * 7919) % 101 },
  }));
  expect(agreementFinding({ ...example, outcomes: random })).toContain("Accuracy doesn't follow (");
});

test('counts each example that changes once, however many changes alter it', () => {
  // the worst alters the first 15 examples, and all others some of the same
  const text = agreementFinding(example);
  expect(text).toContain('together they alter the answers to 15 test examples, ');
});

test('says what each precision costs, and what is noise', () => {
  const [alike, last, noise] = costFindings(example);
  expect(alike).toContain('float16 2.00 times smaller, as fast within the noise');
  expect(alike).toContain('int4 weights 8.00 times smaller, at 0.80 times the speed');
  expect(last).toContain('logits is 12.63 % of the float32 file');
  expect(noise).toContain('off by about 1.0 %');
});

test('describes the front', () => {
  const text = frontFinding(example, mixtureFront(example));
  expect(text).toContain('among them float16, dynamic int8, static int8, int4 weights throughout');
  expect(text).toContain('Fastest there: static int8 · static int8 · static int8, 8.00 µs. ');
});

test('says where the same kernels as those of the fastest took another time', () => {
  const fastest = outcomeOf(example, ['static int8', 'static int8', 'float32']);
  const slow = new Map([[1, { timesFaster: 32 / 13, microseconds: 13 }]]);
  const outcomes = example.outcomes.map((one) =>
    one.assignment.join() === 'static int8,static int8,float16' ? { ...one, speed: slow } : one,
  );
  const text = 'static int8 · static int8 · float32, 11.0 µs';
  expect(frontFinding({ ...example, outcomes }, [fastest])).toContain(
    `${text} (the same kernels once more: 13.0 µs). All`,
  );
  expect(frontFinding(example, [fastest])).toContain(`${text}. All`);
});

test('says what int4 does to the time, and where it stands beside int8 on the front', () => {
  const [, , , , int4] = uniform(example);
  expect(int4Finding(example, [int4])).toBe(
    'example, batch 1: a call takes 40.0 µs with int4 weights throughout, 16.0 µs with dynamic int8 and ' +
      '32.0 µs in float32. On the front, int4 weights stand beside int8 in 0 of 1 mixtures.',
  );
  const mixed = outcomeOf(example, ['int4 weights', 'float32', 'static int8']);
  expect(int4Finding(example, [int4, mixed])).toContain('in 1 of 2 mixtures');
});

test('captions say when times were measured, and how many of them twice', () => {
  expect(timing([example])).toContain(
    'off by about 1.0 %; timed twice, as runs spread by more than 15 % or the same kernels differed by ' +
      'more than 3 times the noise: 4 of 125; measured 2026-01-31',
  );
  const smaller = { ...example, timed: { ...example.timed, all: 25, twice: 1 } };
  expect(timing([example, smaller])).toContain('the noise: 4 of 125 / 1 of 25; measured');
  expect(conditions([example])).toContain('1 thread, 3 runs');
  expect(conditions([{ ...example, threads: 2 }])).toContain('2 threads, 3 runs');
});

test('tables are ranked, and have bytes and times of each layer', () => {
  const rows = rankedRows(example, 'only this layer');
  expect(rows).toHaveLength(15);
  expect(rows[0]).toMatchObject({ Change: 'int4 weights', Layer: 'layer2', 'Answers changed': 15 });
  expect(rows[0]).toMatchObject({ 'Rank by KL': 1, 'Rank by SQNR': 1, 'Rank by accuracy': 1 });
  const ranks = rows.map((row) => Number(row['Rank by KL']));
  expect(ranks).toEqual([...ranks].sort((a, b) => a - b));
  expect(layerByteRows(example)[0]).toMatchObject({ Shape: '40 · 50', 'float32 (kB)': '8.20' });
  expect(layerTimeRows(example)[0]).toMatchObject({
    'float16 (µs)': null,
    'static int8 (µs)': '−6.0',
    'int4 weights (µs)': '+2.0',
  });
});

test('figures show what was measured', () => {
  const { data } = accuracyByLayerFigure([example]);
  const int4 = outcomeOf(example, ['float32', 'int4 weights', 'float32']).paired.difference;
  expect(data[4]).toMatchObject({ name: 'int4 weights', x: ['layer1', 'layer2', 'logits'] });
  expect((data[4] as { y: number[] }).y[1]).toBe(int4);
  expect(divergenceByLayerFigure([example]).alt).toContain('layer2 1.5e-2 nats');
  expect(agreementFigure([example]).alt).toContain('accuracy lost and KL divergence 1.00');
  const front = mixtureFront(example);
  const points = mixturesFigure([example], [front]).data;
  const sizes = points.slice(0, 2).map((series) => (series as { x: number[] }).x.length);
  expect(sizes).toEqual([125 - front.length, front.length]);
});

test('a lonely layer that falls back to float32 is called so', () => {
  const qdq = { name: 'QDQ', microseconds: 300 };
  const integers = { name: 'QOperator', operators: ['QuantizeLinear', 'QGemm'], microseconds: 100 };
  const float = ['DequantizeLinear', 'FusedGemm'];
  expect(lonelyLayerFinding([{ ...qdq, operators: float }, integers])).toContain(
    'a call of the layer takes 3.00 times as long as written with QGemm. The engine joined the ReLU',
  );
  expect(lonelyLayerFinding([{ ...qdq, operators: ['QGemm'] }, integers])).toContain(
    'The engine ran integers in both.',
  );
});
