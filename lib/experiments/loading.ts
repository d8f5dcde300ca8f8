import type { Dataset } from '#lib/loaders/dataset';
import { loadDataset } from '#lib/loaders/load';
import type { Input } from '#lib/models/spec';
import { withProgress, type Progress } from '#lib/report/progress';

/** {@link loadDataset} that shows how far a download has come, and nothing where the data is at hand. */
export async function loadWithProgress(input: Input): Promise<Dataset> {
  let report: Progress | undefined;
  const shown: Promise<unknown>[] = [];
  const loading = loadDataset(input, (received, total) => {
    if (report === undefined) {
      const show = (progress: Progress): Promise<Dataset> => {
        report = progress;
        return loading;
      };
      shown.push(withProgress(`Downloading ${input.dataset}`, 'bytes', show));
    }
    report?.(received, total);
  });
  try {
    return await loading;
  } finally {
    await Promise.allSettled(shown);
  }
}
