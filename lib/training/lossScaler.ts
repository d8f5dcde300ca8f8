export interface LossScaling {
  /** The first factor. */
  readonly initialScale: number;
  /** What the factor is multiplied by after `growthInterval` steps without an overflow. */
  readonly growthFactor: number;
  /** What the factor is multiplied by after an overflow. */
  readonly backoffFactor: number;
  readonly growthInterval: number;
}

/** Those of PyTorch's `torch.amp.GradScaler`. */
export const defaultLossScaling: LossScaling = {
  initialScale: 65536,
  growthFactor: 2,
  backoffFactor: 0.5,
  growthInterval: 2000,
};

/** What the loss is multiplied by, so that small gradients do not vanish in a format of few exponents. */
export interface LossScaler {
  /** The factor of the next step. */
  readonly scale: () => number;
  /**
   * Learns how a step came out.
   *
   * @param finite whether all gradients were finite: if not, the step must be left out
   */
  readonly update: (finite: boolean) => void;
}

/**
 * Dynamic loss scaling (Micikevicius et al., 2018, section 3.2), in the steps of PyTorch's `GradScaler`: the
 * factor falls at once when a gradient is infinite or NaN, and grows after so many steps in a row in which
 * none was; it never becomes infinite itself.
 *
 * @throws RangeError if it could not grow or fall, or would start from no positive number
 */
export function lossScaler({
  initialScale,
  growthFactor,
  backoffFactor,
  growthInterval,
}: LossScaling = defaultLossScaling): LossScaler {
  if (!(initialScale > 0 && Number.isFinite(initialScale))) {
    throw new RangeError(`the first loss scale must be a positive number, not ${initialScale}`);
  }
  if (!(growthFactor > 1 && backoffFactor > 0 && backoffFactor < 1)) {
    throw new RangeError(
      `growth must be by more than 1 and backoff by less, not by ${growthFactor} and ${backoffFactor}`,
    );
  }
  if (!(Number.isInteger(growthInterval) && growthInterval > 0)) {
    throw new RangeError(`growth must follow a number of steps from 1, not ${growthInterval}`);
  }
  let scale = initialScale;
  let finiteSteps = 0;
  return {
    scale: () => scale,
    update: (finite) => {
      finiteSteps = finite ? finiteSteps + 1 : 0;
      if (!finite) scale *= backoffFactor;
      if (finiteSteps < growthInterval) return;
      finiteSteps = 0;
      if (Math.fround(scale * growthFactor) < Infinity) scale *= growthFactor; // a float32 number
    },
  };
}
