import { cpuFlags, instructionSets, type InstructionSet } from '#lib/hardware/instructionSets';
import { packageVersion } from '#lib/hardware/packageVersion';

/** A matrix-product kernel of MLAS, the CPU library of ONNX Runtime. */
export interface Int8Kernel {
  readonly name: string;
  /** Instruction that does the multiplying. */
  readonly instruction: string;
  /**
   * Whether a sum of two products uint8 · int8 is held in 16 bits, where 2 · 255 · 127 = 64770 does
   * not fit: it is cut off at 32767, without a word. Weights within -64..64 always fit.
   */
  readonly saturates: boolean;
}

/** Which int8 engine runs here: the counterpart of `torch.backends.quantized.engine`. */
export interface Int8Engine {
  /** `onnxruntime-node 1.30.0, CPU (MLAS)` */
  readonly engine: string;
  readonly architecture: string;
  /** null: this system doesn't tell. */
  readonly instructionSets: ReadonlyMap<InstructionSet, boolean> | null;
  /** The kernel that MLAS should choose for uint8 · int8, by its rules; null: not known. */
  readonly kernel: Int8Kernel | null;
}

/** What this CPU should run; `probeInt8` shows what it does run. */
export async function int8Engine(): Promise<Int8Engine> {
  const flags = await cpuFlags();
  const sets = flags === null ? null : instructionSets(flags, process.arch);
  return {
    engine: `onnxruntime-node ${packageVersion('onnxruntime-node')}, CPU (MLAS)`,
    architecture: process.arch,
    instructionSets: sets,
    kernel: sets === null ? null : int8Kernel(sets, process.platform),
  };
}

const kernels: readonly (Int8Kernel & { needs: InstructionSet; only?: NodeJS.Platform })[] = [
  { needs: 'AMX-int8', name: 'AMX', instruction: 'TDPBUSD', saturates: false },
  { needs: 'AVX512-VNNI', name: 'AVX512-VNNI', instruction: 'VPDPBUSD', saturates: false },
  { needs: 'AVX-512', name: 'AVX512 core', instruction: 'VPMADDUBSW', saturates: true },
  { needs: 'AVX-VNNI', name: 'AVX-VNNI', instruction: 'VPDPBUSD', saturates: false },
  { needs: 'AVX2', name: 'AVX2', instruction: 'VPMADDUBSW', saturates: true },
  { needs: 'i8mm', name: 'UMMLA', instruction: 'UMMLA', saturates: false, only: 'linux' },
  { needs: 'dotprod', name: 'UDOT', instruction: 'UDOT', saturates: false },
];

/**
 * The kernel that MLAS chooses for uint8 · int8: the first whose instruction set is there. The order
 * is that of `onnxruntime/core/mlas/lib/platform.cpp` (microsoft/onnxruntime).
 *
 * @returns null if none fits, as on x64 before AVX2 or Arm before the dot product: MLAS has kernels for
 *   these too, but nothing is claimed about them here
 */
export function int8Kernel(
  sets: ReadonlyMap<InstructionSet, boolean>,
  platform: NodeJS.Platform,
): Int8Kernel | null {
  const kernel = kernels.find(
    ({ needs, only }) => sets.get(needs) === true && (only === undefined || only === platform),
  );
  return kernel
    ? { name: kernel.name, instruction: kernel.instruction, saturates: kernel.saturates }
    : null;
}
