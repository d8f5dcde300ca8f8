import type { Network } from '#lib/models/network';
import { exportOnnx } from '#lib/models/exportOnnx';
import { encodeModel } from '#lib/onnx/model';
import type { Features } from '#lib/loaders/dataset';
import { calibrate, type Ranges } from '#lib/quantizers/calibration';
import { calibrationBatches } from '#lib/quantizers/calibrationBatches';
import { integerRange } from '#lib/mapping/integerRange';
import { linearMapping, type LinearMapping } from '#lib/mapping/linearMapping';
import { minMaxObserver } from '#lib/quantizers/observers/observer';
import { percentileObserver } from '#lib/quantizers/observers/percentileObserver';

/** Bits of what the first layer reads: it is given, and costs no more than reading it. */
const inputBits = 8;

/**
 * Ranges of what the layers of a network read: of its input from the least to the greatest value, of the
 * other layers without the top 0.1 %, as few levels are better spent on the many.
 *
 * @param features training examples, of which 512 are read
 * @returns by the names that {@link exportOnnx} gives
 */
export async function activationRanges(
  network: Network,
  features: Features,
  seed: number,
): Promise<Ranges> {
  const model = encodeModel(exportOnnx(network, 'network'));
  const examples = { examples: 512, seed };
  const most = await calibrate(model, calibrationBatches(features, examples), {
    observer: () => percentileObserver({ percentile: 99.9 }),
  });
  const ofInput = minMaxObserver();
  for (const batch of calibrationBatches(features, examples)) ofInput.observe(batch);
  const [input] = most.keys();
  return new Map([...most, [input, ofInput.range()]]);
}

/** The mapping of each layer's input to unsigned integers. */
export function activationMappings(ranges: Ranges, bits: number): LinearMapping[] {
  return Array.from(ranges.values(), (range, layer) =>
    linearMapping(
      range,
      integerRange({ bits: layer === 0 ? inputBits : bits, signed: false }),
      'affine',
    ),
  );
}
