import type { Measured } from '#lib/report/measure';
import type { Row } from '#lib/report/table';

/**
 * Each form of a model against the first one, which is float32: how many times smaller and faster
 * (medians), and what became of the predictions.
 */
export function comparisonRows({ records, predictions }: Measured): Row[] {
  const [float32] = records;
  return records.slice(1).map((record, i) => {
    const changed = predictions[0].filter(
      (prediction, row) => predictions[i + 1][row] !== prediction,
    );
    const difference = record.accuracy.correct - float32.accuracy.correct;
    const points = (100 * difference) / record.accuracy.total;
    return {
      Model: record.model,
      Quantization: record.quantization,
      dtype: record.dtype,
      'Times smaller': (float32.sizeBytes / record.sizeBytes).toFixed(2),
      ...Object.fromEntries(
        record.latency.map(({ batchSize, medianMicroseconds }, k) => [
          `Times faster, B${batchSize}`,
          (float32.latency[k].medianMicroseconds / medianMicroseconds).toFixed(2),
        ]),
      ),
      'Accuracy (points)': `${points < 0 ? '−' : '+'}${Math.abs(points).toFixed(2)}`,
      'Changed predictions': `${changed.length} of ${record.accuracy.total}`,
    };
  });
}
