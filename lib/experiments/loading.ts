import { datasetLabel, type Dataset } from '#lib/loaders/dataset';
import { loadDataset } from '#lib/loaders/load';
import type { Input } from '#lib/models/spec';
import { withProgress, type Progress } from '#lib/report/progress';
import type { Row } from '#lib/report/table';

/**
 * {@link loadDataset} that shows how far a download has come, and nothing where the data is at hand.
 *
 * @throws Interrupted if the user stopped a download
 */
export async function loadWithProgress(input: Input): Promise<Dataset> {
  const controller = new AbortController();
  let report: Progress | undefined;
  const shown: Promise<unknown>[] = [];
  const onProgress = (received: number, total: number): void => {
    if (report === undefined) {
      const show = (progress: Progress, signal: AbortSignal): Promise<Dataset> => {
        report = progress;
        signal.addEventListener('abort', () => {
          controller.abort(signal.reason);
        });
        return loading;
      };
      shown.push(withProgress(`Downloading ${input.dataset}`, 'bytes', show));
    }
    report?.(received, total);
  };
  const loading = loadDataset(input, { onProgress, signal: controller.signal });
  try {
    return await loading;
  } finally {
    await Promise.allSettled(shown);
  }
}

/** How large data sets are, a row each; what is read of the examples is said by their inputs. */
export function datasetRows(inputs: readonly Input[], datasets: readonly Dataset[]): Row[] {
  return datasets.map(({ train, test, classes, ...data }, i) => ({
    Data: datasetLabel(data),
    Read: partRead(inputs[i]),
    'Input width': train.features.width,
    'Training examples': train.labels.length,
    'Test examples': test.labels.length,
    Classes: classes,
  }));
}

function partRead(input: Input): string {
  if (input.dataset === 'MNIST') return `middle ${input.crop} × ${input.crop} of 28 × 28`;
  return input.vocabulary === 'all'
    ? 'all words'
    : `${input.vocabulary.toLocaleString('en-US')} most frequent words`;
}
