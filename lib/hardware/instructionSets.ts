import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import si from 'systeminformation';

/** Instruction sets that matter to int8 matrix products, and the CPU flags that announce each. */
const announcedBy = {
  x64: {
    'SSE4.1': ['sse41'],
    AVX2: ['avx2'],
    'AVX-512': ['avx512bw', 'avx512dq', 'avx512vl'],
    'AVX512-VNNI': ['avx512vnni'],
    'AVX-VNNI': ['avxvnni'],
    'AMX-int8': ['amxtile', 'amxint8'],
  },
  arm64: { NEON: ['asimd'], dotprod: ['asimddp'], i8mm: ['i8mm'] },
};

/** Names under which macOS lists what Linux calls by the names above. */
const macNames: Readonly<Record<string, string>> = {
  neon: 'asimd',
  advsimd: 'asimd',
  featdotprod: 'asimddp',
  feati8mm: 'i8mm',
};

export type InstructionSet =
  keyof (typeof announcedBy)['x64'] | keyof (typeof announcedBy)['arm64'];

/**
 * The int8 instruction sets of an architecture, each with whether the CPU has it.
 *
 * @param flags what the CPU announces, in the spelling of Linux (`avx512_vnni`, `asimddp`) or macOS
 *   (`AVX512VNNI`, `FEAT_DotProd`)
 * @param architecture as `process.arch` names it
 * @returns nothing for an architecture other than x64 and arm64
 */
export function instructionSets(
  flags: readonly string[],
  architecture: string,
): Map<InstructionSet, boolean> {
  const found = new Set(
    flags.map((flag) => flag.toLowerCase().replace(/[._]/g, '')).map((f) => macNames[f] ?? f),
  );
  const sets = Object.entries(
    architecture === 'x64' || architecture === 'arm64' ? announcedBy[architecture] : {},
  ) as [InstructionSet, string[]][];
  return new Map(sets.map(([set, needed]) => [set, needed.every((flag) => found.has(flag))]));
}

/** Flags of this CPU; null where the system doesn't list them, as on Windows. */
export async function cpuFlags(): Promise<string[] | null> {
  if (process.platform === 'darwin') {
    const { stdout } = await promisify(execFile)('sysctl', ['machdep.cpu', 'hw.optional']);
    return macFlags(stdout);
  }
  if (process.platform !== 'linux') return null;
  const flags = await si.cpuFlags();
  return flags === '' ? null : flags.split(/\s+/);
}

/**
 * Flags in what `sysctl machdep.cpu hw.optional` prints: lists such as
 * `machdep.cpu.leaf7_features: AVX2 BMI2` (Intel) and switches such as
 * `hw.optional.arm.FEAT_DotProd: 1` (Apple silicon).
 */
export function macFlags(sysctl: string): string[] {
  return sysctl.split('\n').flatMap((line) => {
    const [name, value = ''] = line.split(': ');
    if (name.endsWith('features')) return value.trim().split(/\s+/);
    return value.trim() === '1' ? [name.slice(name.lastIndexOf('.') + 1)] : [];
  });
}
