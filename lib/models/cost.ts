/** What a feed-forward network costs: parameters, floating-point operations, bytes. */

export interface LayerCost {
  /** Name of what it gives in the ONNX model: `layer1`, `layer2`, …, and `logits` of the last. */
  readonly layer: string;
  readonly inputs: number;
  readonly outputs: number;
  /** Weights and biases: `inputs * outputs + outputs`. */
  readonly parameters: number;
  /** Floating-point operations for one example. */
  readonly flops: number;
}

/**
 * Parameters and floating-point operations of each fully connected layer, for one example.
 *
 * Convention: a multiplication and an addition are one operation each, so that the matrix product
 * of a layer counts `2 * inputs * outputs`, as in PyTorch's `torch.utils.flop_counter`; to this come
 * one addition for each bias and one comparison for each ReLU (all layers but the last), which
 * PyTorch leaves out. Counts of multiply-accumulates are half of the first term.
 *
 * @param widths widths from input to output, such as `[400, 1024, 1024, 10]` (see `networkWidths`)
 */
export function layerCosts(widths: readonly number[]): LayerCost[] {
  return widths.slice(1).map((outputs, index) => {
    const inputs = widths[index];
    const isLast = index === widths.length - 2;
    return {
      layer: isLast ? 'logits' : `layer${index + 1}`,
      inputs,
      outputs,
      parameters: inputs * outputs + outputs,
      flops: 2 * inputs * outputs + outputs + (isLast ? 0 : outputs),
    };
  });
}

/** Parameters and floating-point operations for one example of the whole network. */
export function modelCost(widths: readonly number[]): { parameters: number; flops: number } {
  return layerCosts(widths).reduce(
    (sum, { parameters, flops }) => ({
      parameters: sum.parameters + parameters,
      flops: sum.flops + flops,
    }),
    { parameters: 0, flops: 0 },
  );
}

/** Size in MB, 1 MB = 1,000,000 bytes. */
export function sizeMB(bytes: number): number {
  return bytes / 1e6;
}
