import { expect, test } from 'vitest';
import { instructionSets, macFlags } from '#lib/hardware/instructionSets';
import { int8Kernel } from '#lib/hardware/int8Engine';

// Flags as `lscpu` and `sysctl` print them on the machines named, less those that say nothing here.
const common =
  'fpu vme sse sse2 pni pclmulqdq ssse3 fma cx16 sse4_1 sse4_2 movbe popcnt aes xsave avx f16c avx2';
const linux = {
  'Xeon Sapphire Rapids': [
    'x64',
    `${common} avx512f avx512dq avx512ifma avx512cd avx512bw avx512vl avx_vnni avx512_bf16 avx512vbmi avx512_vbmi2 gfni vaes avx512_vnni avx512_bitalg avx512_fp16 amx_bf16 amx_tile amx_int8`,
  ],
  'Xeon Ice Lake': [
    'x64',
    `${common} avx512f avx512dq avx512ifma avx512cd avx512bw avx512vl avx512vbmi avx512_vbmi2 gfni vaes vpclmulqdq avx512_vnni avx512_bitalg avx512_vpopcntdq`,
  ],
  'Xeon Skylake': ['x64', `${common} avx512f avx512dq avx512cd avx512bw avx512vl`],
  'Core Alder Lake': ['x64', `${common} gfni vaes vpclmulqdq avx_vnni`],
  'EPYC Zen 3': ['x64', `${common} sse4a misalignsse clzero wbnoinvd vaes vpclmulqdq rdpid fsrm`],
  'Graviton 3': [
    'arm64',
    'fp asimd evtstrm aes pmull sha1 sha2 crc32 atomics fphp asimdhp cpuid asimdrdm jscvt fcma lrcpc dcpop sha3 sm3 sm4 asimddp sha512 sve asimdfhm dit uscat ilrcpc flagm ssbs paca pacg dcpodp svei8mm svebf16 i8mm bf16 dgh rng',
  ],
  'Apple M1': [
    'arm64',
    'fp asimd evtstrm aes pmull sha1 sha2 crc32 atomics fphp asimdhp cpuid asimdrdm jscvt fcma lrcpc dcpop sha3 asimddp sha512 asimdfhm dit uscat ilrcpc flagm ssbs sb paca pacg dcpodp flagm2 frint',
  ],
  'Raspberry Pi 4': ['arm64', 'fp asimd evtstrm crc32 cpuid'],
} as const;

function present(flags: readonly string[], architecture: string): string[] {
  return [...instructionSets(flags, architecture)].flatMap(([set, has]) => (has ? [set] : []));
}

test.each<[keyof typeof linux, string[], string | undefined, boolean | undefined]>([
  [
    'Xeon Sapphire Rapids',
    ['SSE4.1', 'AVX2', 'AVX-512', 'AVX512-VNNI', 'AVX-VNNI', 'AMX-int8'],
    'AMX',
    false,
  ],
  ['Xeon Ice Lake', ['SSE4.1', 'AVX2', 'AVX-512', 'AVX512-VNNI'], 'AVX512-VNNI', false],
  ['Xeon Skylake', ['SSE4.1', 'AVX2', 'AVX-512'], 'AVX512 core', true],
  ['Core Alder Lake', ['SSE4.1', 'AVX2', 'AVX-VNNI'], 'AVX-VNNI', false],
  ['EPYC Zen 3', ['SSE4.1', 'AVX2'], 'AVX2', true],
  ['Graviton 3', ['NEON', 'dotprod', 'i8mm'], 'UMMLA', false],
  ['Apple M1', ['NEON', 'dotprod'], 'UDOT', false],
  ['Raspberry Pi 4', ['NEON'], undefined, undefined],
])('%s', (name, sets, kernel, saturates) => {
  const [architecture, flags] = linux[name];
  expect(present(flags.split(' '), architecture)).toEqual(sets);
  const chosen = int8Kernel(instructionSets(flags.split(' '), architecture), 'linux');
  expect(chosen?.name).toBe(kernel);
  expect(chosen?.saturates).toBe(saturates);
});

test('macOS on Apple M3: i8mm is there, but MLAS uses it on Linux only', () => {
  const flags = macFlags(
    'machdep.cpu.cores_per_package: 8\nmachdep.cpu.brand_string: Apple M3\n' +
      'hw.optional.arm.FEAT_DotProd: 1\nhw.optional.arm.FEAT_I8MM: 1\n' +
      'hw.optional.arm.FEAT_SME: 0\nhw.optional.AdvSIMD: 1\n',
  );
  expect(present(flags, 'arm64')).toEqual(['NEON', 'dotprod', 'i8mm']);
  expect(int8Kernel(instructionSets(flags, 'arm64'), 'darwin')?.name).toBe('UDOT');
});

test('macOS on Intel with AVX-512 lists features in words', () => {
  const flags = macFlags(
    'machdep.cpu.features: FPU VME SSE SSE2 SSE3 SSSE3 SSE4.1 SSE4.2 AES AVX1.0\n' +
      'machdep.cpu.leaf7_features: AVX2 AVX512F AVX512DQ AVX512BW AVX512VL AVX512VNNI\n' +
      'hw.optional.avx512_bf16: 0\n',
  );
  expect(present(flags, 'x64')).toEqual(['SSE4.1', 'AVX2', 'AVX-512', 'AVX512-VNNI']);
});

test('a flag that is listed as 0 is not there', () => {
  expect(present(macFlags('hw.optional.arm.FEAT_I8MM: 0\nhw.optional.neon: 1'), 'arm64')).toEqual([
    'NEON',
  ]);
});

test('of other architectures nothing is claimed', () => {
  expect(instructionSets(['rva23'], 'riscv64').size).toBe(0);
});
