import si from 'systeminformation';
import { afterEach, expect, test, vi } from 'vitest';
import { packageVersion } from '#lib/hardware/packageVersion';
import { readHardware } from '#lib/hardware/report';
import { machineLabel, reportRows } from '#lib/hardware/reportRows';

vi.mock('systeminformation', () => ({
  default: {
    cpu: vi.fn(),
    cpuFlags: vi.fn(),
    memLayout: vi.fn(),
    graphics: vi.fn(),
    osInfo: vi.fn(),
    system: vi.fn(),
  },
}));
afterEach(() => {
  vi.clearAllMocks();
});

/** What systeminformation answers in a container that hides most of its machine. */
function answers(
  changes: { cpu?: object; flags?: string; modules?: object[]; controllers?: object[] } = {},
): void {
  const cpu = {
    manufacturer: 'AMD',
    brand: 'EPYC',
    family: '25',
    model: '17',
    speed: 0,
    speedMax: 0,
    physicalCores: 2,
    processors: 1,
    cache: { l1d: 65536, l1i: 65536, l2: '', l3: null },
    ...changes.cpu,
  };
  const modules = changes.modules ?? [
    { size: 25276514304, type: '', clockSpeed: 0, serialNum: 'SECRET-1' },
  ];
  const answer = (method: keyof typeof si, value: unknown): void => {
    vi.mocked(si[method] as () => Promise<unknown>).mockResolvedValue(value);
  };
  answer('cpu', cpu);
  answer('cpuFlags', changes.flags ?? '');
  answer('memLayout', modules);
  answer('graphics', { controllers: changes.controllers ?? [], displays: [] });
  answer('osInfo', {
    distro: 'Debian GNU/Linux',
    release: '12',
    hostname: 'SECRET-2',
    fqdn: 'SECRET-3',
    serial: 'SECRET-4',
  });
  answer('system', {
    model: 'Docker Container',
    virtual: true,
    virtualHost: 'KVM',
    serial: 'SECRET-5',
    uuid: 'SECRET-6',
  });
}

async function rows(): Promise<Record<string, string>> {
  return Object.fromEntries(
    reportRows(await readHardware()).map(({ Property, Value }) => [Property, Value]),
  );
}

test('what the machine hides is said to be hidden, and no cell is empty', async () => {
  answers();
  const table = await rows();
  for (const hidden of [
    'Base clock',
    'Maximum clock',
    'L2 cache, all cores',
    'L3 cache',
    'Memory modules',
  ]) {
    expect(table[hidden]).toBe('not reported by this machine');
  }
  expect(table).toMatchObject({
    CPU: 'AMD EPYC',
    'L1 data cache, all cores': '64 KiB',
    'Graphics accelerator': 'none found',
    Virtualization: 'container in KVM',
    'onnxruntime-node': expect.stringMatching(/^\d+\.\d+\.\d+$/) as string,
  });
  expect(Object.values(table).filter((value) => /^(0|NaN|null|undefined|)$/.test(value))).toEqual(
    [],
  );
});

test('a machine that tells all', async () => {
  answers({
    cpu: { manufacturer: 'Intel', brand: 'Core™ i7-1165G7', speed: 2.8, speedMax: 4.7 },
    modules: [
      { size: 8 * 2 ** 30, type: 'DDR4', clockSpeed: 3200 },
      { size: 8 * 2 ** 30, type: 'DDR4', clockSpeed: 3200 },
    ],
    controllers: [
      { vendor: 'Intel', model: 'Iris Xe Graphics', vram: 256 },
      { vendor: '', model: '', vram: null },
    ],
  });
  expect(await rows()).toMatchObject({
    CPU: 'Intel Core™ i7-1165G7',
    'Base clock': '2.8 GHz',
    'Maximum clock': '4.7 GHz',
    'Memory modules': '8 GiB DDR4 3200 MT/s; 8 GiB DDR4 3200 MT/s',
    'Graphics accelerator': 'Iris Xe Graphics, 256 MiB',
  });
});

test('a brand that names its maker is not named twice', async () => {
  const apple = { manufacturer: 'Apple', brand: 'Apple M3', family: '', model: '' };
  answers({ cpu: apple });
  expect(machineLabel(await readHardware())).toMatch(/^Apple M3, \d+ cores?, .+ no GPU, Debian/);
});

test.runIf(process.platform === 'linux' && process.arch === 'x64')(
  'two CPUs of one name, or one that hides what it can do, are told apart',
  async () => {
    const labels: string[] = [];
    for (const [model, flags] of [
      ['1', 'avx2'],
      ['17', 'avx2'],
      ['17', 'avx2 avx512bw avx512dq avx512vl avx512_vnni'],
    ]) {
      answers({ cpu: { model }, flags });
      labels.push(machineLabel(await readHardware()).replace(/\), .*/, ')'));
    }
    expect(labels).toEqual([
      'AMD EPYC (family 25, model 1; int8: AVX2)',
      'AMD EPYC (family 25, model 17; int8: AVX2)',
      'AMD EPYC (family 25, model 17; int8: AVX512-VNNI)',
    ]);
  },
);

test('neither serial numbers nor names of the host get into the report', async () => {
  answers();
  const report = await readHardware();
  expect(JSON.stringify(report) + machineLabel(report)).not.toContain('SECRET');
});

test('a package that is not installed is named, with the remedy', () => {
  expect(() => packageVersion('no-such-package')).toThrow(/no-such-package.*npm ci/);
});
