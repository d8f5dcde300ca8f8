import type { Loading } from '#lib/loaders/dataDirectory';
import type { Dataset } from '#lib/loaders/dataset';
import { loadMnist } from '#lib/loaders/mnist';
import { loadSst2 } from '#lib/loaders/sst2';
import type { Input } from '#lib/models/spec';

/** The data that a model reads, in the form in which it reads them. */
export function loadDataset(input: Input, loading?: Loading): Promise<Dataset> {
  return input.dataset === 'MNIST'
    ? loadMnist({ crop: input.crop, ...loading })
    : loadSst2({ vocabulary: input.vocabulary, ...loading });
}
