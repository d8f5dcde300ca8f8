import type { HardwareReport } from '#lib/hardware/report';

const notReported = 'not reported by this machine';

/** The report as rows of a table: one property and its value each. */
export function reportRows(report: HardwareReport): { Property: string; Value: string }[] {
  const { cpu, memory } = report;
  const counted = process.platform === 'darwin' ? 'one core' : 'all cores';
  const rows: Record<string, string | null> = {
    CPU: cpuName(report),
    'CPU family, model': cpu.family && cpu.model && `${cpu.family}, ${cpu.model}`,
    Sockets: known(cpu.sockets, String),
    'Physical cores': known(cpu.physicalCores, String),
    'Logical cores': String(cpu.logicalCores),
    'Cores available to this process': String(cpu.availableCores),
    'Base clock': known(cpu.baseClock, gigahertz),
    'Maximum clock': known(cpu.maxClock, gigahertz),
    [`L1 data cache, ${counted}`]: known(cpu.caches.L1d, bytes),
    [`L1 instruction cache, ${counted}`]: known(cpu.caches.L1i, bytes),
    [`L2 cache, ${counted}`]: known(cpu.caches.L2, bytes),
    'L3 cache': known(cpu.caches.L3, bytes),
    Memory: bytes(memory.total),
    'Memory available to this process': bytes(memory.available),
    'Memory modules': memory.modules.join('; ') || null,
    'Graphics accelerator': report.gpus.join('; ') || 'none found',
    Virtualization: report.virtualization ?? 'none found',
    'Operating system': report.os.name,
    Kernel: report.os.kernel,
    Architecture: report.os.arch,
    'Node.js': report.node,
    V8: report.v8,
    ...report.packages,
  };
  return Object.entries(rows).map(([Property, value]) => ({
    Property,
    Value: value ?? notReported,
  }));
}

/**
 * One line that tells machines apart in tables and captions, without names of host or user. CPUs of one
 * name may differ in generation, and a host may hide what a CPU can do: so family, model and int8 kernel.
 */
export function machineLabel(report: HardwareReport): string {
  const { cpu, memory, gpus } = report;
  const { family, model, int8Kernel } = cpu;
  const details = [
    ...(family && model ? [`family ${family}, model ${model}`] : []),
    ...(int8Kernel ? [`int8: ${int8Kernel}`] : []),
  ].join('; ');
  const cores = cpu.availableCores === 1 ? '1 core' : `${cpu.availableCores} cores`;
  return [
    [cpuName(report) ?? `CPU ${notReported}`, ...(details ? [`(${details})`] : [])].join(' '),
    cores,
    `${bytes(memory.available)} memory`,
    gpus.join(' + ') || 'no GPU',
    report.os.name ?? report.os.arch,
    `Node ${report.node}`,
  ].join(', ');
}

function cpuName({ cpu: { manufacturer, brand } }: HardwareReport): string | null {
  if (brand === null || manufacturer === null) return brand ?? manufacturer;
  return brand.toLowerCase().includes(manufacturer.toLowerCase())
    ? brand
    : `${manufacturer} ${brand}`;
}

function known(value: number | null, format: (value: number) => string): string | null {
  return value === null ? null : format(value);
}

function gigahertz(value: number): string {
  return `${value} GHz`;
}

/** In the largest unit that gives at least 1, with at most one decimal: 25276514304 -> `23.5 GiB`. */
function bytes(value: number): string {
  const units = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'];
  const power = Math.min(Math.floor(Math.log2(value) / 10), units.length - 1);
  return `${Number((value / 2 ** (10 * power)).toFixed(1))} ${units[power]}`;
}
