/** Quantization-aware training against post-training quantization: rows, figure, findings and claims. */
import { correctCount, differingRows } from '#lib/evaluation/accuracy';
import {
  comparePredictions,
  significance,
  type PairedComparison,
} from '#lib/evaluation/significance';
import { pairedCells } from '#lib/experiments/comparison';
import { datasetLabel, type Dataset } from '#lib/loaders/dataset';
import { claim } from '#lib/report/claim';
import type { Figure } from '#lib/report/figure';
import { percent, signed } from '#lib/report/numbers';
import { arrangeModels, type Panel, type Series } from '#lib/report/panels';
import type { Row } from '#lib/report/table';
import { gridName, grids, type Grid } from '#lib/training/cases';
import { engineName } from '#lib/training/trainCase';
import { predictionsOf, type TrainingRecord } from '#lib/training/trainingRecord';

/** One model on each grid, in three ways. */
export interface QuantizationAware {
  readonly model: string;
  readonly dataset: Dataset;
  /** Steps of the fine-tunings. */
  readonly steps: number;
  readonly ways: readonly GridWays[];
  /** The network in float32, as trained and after as many steps more. */
  readonly float32: { readonly trained: Uint8Array; readonly continued: Uint8Array };
}

/** Class chosen for each test example. */
export interface GridWays {
  readonly grid: Grid;
  /** The trained network, put on the grid. */
  readonly afterTraining: Uint8Array;
  /** The same after as many float32 steps more as the other had on the grid. */
  readonly afterContinuing: Uint8Array;
  /** Trained on the grid. */
  readonly aware: Uint8Array;
  /** The last by kernels of the engine, where it has some. */
  readonly engine?: Uint8Array;
}

/** @throws Error if the records are not those of `fineTuningCases`, in their order */
export function quantizationAware(
  records: readonly TrainingRecord[],
  dataset: Dataset,
): QuantizationAware {
  const [trained, continued, ...onGrids] = records;
  const one = continued.case;
  if (one.kind !== 'fine-tuning' || one.grid || onGrids.length !== grids.length) {
    throw new Error('these are not the records of a fine-tuning on each grid');
  }
  return {
    model: one.spec.name,
    dataset,
    steps: one.steps,
    ways: grids.map((grid, i) => ({
      grid,
      afterTraining: predictionsOf(trained, gridName(grid)),
      afterContinuing: predictionsOf(continued, gridName(grid)),
      aware: predictionsOf(onGrids[i], gridName(grid)),
      engine:
        engineName(grid) in onGrids[i].predictions
          ? predictionsOf(onGrids[i], engineName(grid))
          : undefined,
    })),
    float32: {
      trained: predictionsOf(trained, gridName()),
      continued: predictionsOf(continued, gridName()),
    },
  };
}

/**
 * Accuracy of each grid in the three ways, and what training on it gained over as many steps in float32:
 * what the grid itself is worth, as both had the same training.
 */
export function quantizationAwareRows({ model, dataset, ways, float32 }: QuantizationAware): Row[] {
  const { labels } = dataset.test;
  const accuracy = (predictions: Uint8Array): string =>
    percent(correctCount(predictions, labels), labels.length);
  return [
    {
      Model: model,
      Grid: 'float32',
      'As trained (%)': accuracy(float32.trained),
      'Trained on in float32 (%)': accuracy(float32.continued),
    },
    ...ways.map(({ grid, afterTraining, afterContinuing, aware, engine }): Row => {
      const paired = pairedCells(comparePredictions(afterContinuing, aware, labels));
      return {
        Model: model,
        Grid: gridName(grid),
        'As trained (%)': accuracy(afterTraining),
        'Trained on in float32 (%)': accuracy(afterContinuing),
        'Trained on the grid (%)': accuracy(aware),
        'The same by the engine (%)': engine ? accuracy(engine) : 'no kernel',
        'Gain (points)': paired['Accuracy (points)'],
        '95 % interval': paired['95 % interval'],
        'p (McNemar)': paired['p (McNemar)'],
      };
    }),
  ];
}

const kinds = [
  { name: 'weights', of: ({ activations }: Grid) => activations === undefined },
  { name: 'weights and activations', of: ({ activations }: Grid) => activations !== undefined },
];

/** Accuracy by bits: put on the grid before and after more training in float32, and trained on it. */
export function quantizationAwareFigure(experiments: readonly QuantizationAware[]): Figure {
  const panels = experiments.map(({ model, dataset, ways }): Panel => {
    const accuracy = (predictions: Uint8Array): number => {
      const { labels } = dataset.test;
      return (100 * correctCount(predictions, labels)) / labels.length;
    };
    return {
      title: model,
      series: kinds.flatMap((kind) => {
        const own = ways.filter(({ grid }) => kind.of(grid));
        const curve = (name: string, of: (way: GridWays) => Uint8Array): Series => ({
          type: 'scatter',
          mode: 'lines+markers',
          name: `${kind.name}, ${name}`,
          x: own.map(({ grid }) => grid.weights),
          y: own.map((way) => accuracy(of(way))),
        });
        return [
          curve('as trained', ({ afterTraining }) => afterTraining),
          curve('trained on in float32', ({ afterContinuing }) => afterContinuing),
          curve('trained on the grid', ({ aware }) => aware),
        ];
      }),
      xaxis: { title: { text: 'Bits' }, tickvals: [2, 3, 4, 8] },
      yaxis: { title: { text: 'Accuracy (%)' } },
    };
  });
  const labels = experiments.map(({ dataset }) => datasetLabel(dataset));
  const { data, layout } = arrangeModels(
    panels,
    panels[0].series.map(({ name }) => name),
  );
  return {
    title: 'Accuracy by bits: put on a grid, and trained on it',
    subtitle: `${labels.join(', ')}; ${experiments[0].steps} steps, in float32 or on the grid`,
    alt: experiments.flatMap(awareFindings).join(' '),
    data,
    layout: { ...layout, height: 300 + 180 * Math.ceil(panels.length / 2) },
  };
}

/** How training on a grid compares with both ways of putting a network on it. */
interface Verdict {
  readonly grid: Grid;
  readonly overTrained: PairedComparison;
  readonly overContinued: PairedComparison;
  /** Better than both, significantly for all grids together (Bonferroni). */
  readonly pays: boolean;
}

function verdicts({ ways, dataset }: QuantizationAware): Verdict[] {
  return ways.map(({ grid, afterTraining, afterContinuing, aware }) => {
    const [overTrained, overContinued] = [afterTraining, afterContinuing].map((other) =>
      comparePredictions(other, aware, dataset.test.labels),
    );
    const better = ({ difference, pValue }: PairedComparison): boolean =>
      difference > 0 && pValue < significance / ways.length;
    return { grid, overTrained, overContinued, pays: better(overTrained) && better(overContinued) };
  });
}

/** Where training on the grid starts to pay: a sentence for weights, and one for weights and activations. */
export function awareFindings(experiment: QuantizationAware): string[] {
  const all = verdicts(experiment);
  return kinds.map((kind) => {
    const own = all.filter(({ grid }) => kind.of(grid));
    const paying = own.filter(({ pays }) => pays);
    const start = `${experiment.model}, ${kind.name}: `;
    const rest = own.filter(({ pays }) => !pays);
    const gains = (of: (verdict: Verdict) => PairedComparison): string =>
      rest.map((verdict) => signed(of(verdict).difference)).join(', ');
    const others =
      rest.length === 0
        ? ''
        : ` With ${bits(rest)} bits it gains ${gains(({ overTrained }) => overTrained)} points over the ` +
          `former and ${gains(({ overContinued }) => overContinued)} over the latter, which is not ` +
          'significantly better than both.';
    if (paying.length === 0) {
      return (
        `${start}the network trained on the grid is significantly better than both others, as trained and trained on ` +
        `in float32, at no number of bits tried.${others}`
      );
    }
    return (
      `${start}the network trained on the grid is significantly better than both others with ${bits(paying)} bits: ` +
      paying
        .map(
          ({ overTrained, overContinued }) =>
            `${signed(overTrained.difference)} points over the trained network on the grid, ` +
            `${signed(overContinued.difference)} over the one trained on in float32`,
        )
        .join('; ') +
      ` (McNemar, level ${significance} for the ${all.length} grids together).${others}`
    );
  });
}

function bits(of: readonly Verdict[]): string {
  return of.map(({ grid }) => grid.weights).join(', ');
}

/** How many predictions of the engine's kernels differ from the simulation, in a sentence. */
export function engineFinding({ model, dataset, ways }: QuantizationAware): string {
  const differing = ways.flatMap(({ grid, aware, engine }) =>
    engine ? [`${differingRows(aware, engine)} on ${gridName(grid)}`] : [],
  );
  return (
    `${model}: of ${dataset.test.labels.length.toLocaleString('en-US')} test examples the engine puts ${differing.join(', ')} into ` +
    'another class than the simulation on which the network was trained.'
  );
}

/**
 * Checks that kernels which multiply in float32 (weights alone) agree with the simulation but for a tie in a
 * thousand, and claims that on real data training on a grid of two bits pays, with activations and without.
 *
 * @throws Error if the engine disagrees
 */
export function claimQuantizationAware(experiment: QuantizationAware): void {
  const { model, dataset, ways } = experiment;
  for (const { grid, aware, engine } of ways) {
    if (!engine || grid.activations !== undefined) continue; // sums of int8 depend on the CPU
    const differing = differingRows(aware, engine);
    if (differing > aware.length / 1000) {
      throw new Error(`${model}, ${gridName(grid)}: the engine disagrees on ${differing} examples`);
    }
  }
  if (dataset.origin !== 'real') return;
  for (const { grid, overTrained, overContinued, pays } of verdicts(experiment)) {
    if (grid.weights !== 2) continue;
    claim(
      pays,
      `${model}, ${gridName(grid)}: training on the grid gains ${signed(overTrained.difference)} points ` +
        `over the trained network, ${signed(overContinued.difference)} over the one trained on`,
      'significantly better than both',
    );
  }
}
