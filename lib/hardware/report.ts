import os from 'node:os';
import si from 'systeminformation';
import { availableCores } from '#lib/availableCores';
import { int8Engine } from '#lib/hardware/int8Engine';
import { packageVersion } from '#lib/hardware/packageVersion';

/** The machine, as far as it tells. `null`: not reported by this machine. */
export interface HardwareReport {
  readonly cpu: {
    readonly manufacturer: string | null;
    readonly brand: string | null;
    /** Numbers of the maker, which tell apart CPUs of one brand: `25`, `17`. */
    readonly family: string | null;
    readonly model: string | null;
    /** Kernel that the engine should choose for int8; null: not known. */
    readonly int8Kernel: string | null;
    readonly sockets: number | null;
    readonly physicalCores: number | null;
    readonly logicalCores: number;
    /** See {@link availableCores}. */
    readonly availableCores: number;
    /** Clocks, GHz. */
    readonly baseClock: number | null;
    readonly maxClock: number | null;
    /** Caches, bytes; Linux and Windows add up those of all cores, macOS gives those of one. */
    readonly caches: Readonly<Record<'L1d' | 'L1i' | 'L2' | 'L3', number | null>>;
  };
  readonly memory: {
    /** Bytes. */
    readonly total: number;
    /** Bytes this process may use: the container's limit, else the total. */
    readonly available: number;
    readonly modules: readonly string[];
  };
  readonly gpus: readonly string[];
  /** Virtual machine or container around this system, such as `KVM`; null on bare metal. */
  readonly virtualization: string | null;
  readonly os: { readonly name: string | null; readonly kernel: string; readonly arch: string };
  readonly node: string;
  readonly v8: string;
  /** Versions by package name. */
  readonly packages: Readonly<Record<string, string>>;
}

/** Packages whose version can change a result or its display. */
const packages = [
  '@tensorflow/tfjs',
  '@tensorflow/tfjs-node',
  'onnxruntime-node',
  'tslab',
  'danfojs-node',
  'plotly.js-dist',
  'systeminformation',
];

let known: Promise<HardwareReport> | undefined;

/** What {@link readHardware} reads, read once: it takes a third of a second, and every record names its machine. */
export function hardwareReport(): Promise<HardwareReport> {
  return (known ??= readHardware());
}

/** Reads the hardware and the software through systeminformation, without names or serial numbers. */
export async function readHardware(): Promise<HardwareReport> {
  const [cpu, modules, graphics, system, virtual, { kernel }] = await Promise.all([
    si.cpu(),
    si.memLayout(),
    si.graphics(),
    si.osInfo(),
    si.system(),
    int8Engine(),
  ]);
  const logicalCores = os.cpus().length;
  const total = os.totalmem();
  const limit = process.constrainedMemory();
  return {
    cpu: {
      manufacturer: text(cpu.manufacturer),
      brand: text(cpu.brand),
      family: text(cpu.family),
      model: text(cpu.model),
      int8Kernel: kernel?.name ?? null,
      sockets: number(cpu.processors),
      physicalCores: number(cpu.physicalCores),
      logicalCores,
      availableCores: availableCores(),
      baseClock: number(cpu.speed),
      maxClock: number(cpu.speedMax),
      caches: {
        L1d: number(cpu.cache.l1d),
        L1i: number(cpu.cache.l1i),
        L2: number(cpu.cache.l2),
        L3: number(cpu.cache.l3),
      },
    },
    memory: {
      total,
      available: limit ? Math.min(limit, total) : total,
      modules: modules.flatMap(memoryModule),
    },
    gpus: graphics.controllers.flatMap(gpu),
    virtualization: virtualization(virtual),
    os: {
      name: text(`${system.distro} ${system.release}`),
      kernel: os.release(),
      arch: os.arch(),
    },
    node: process.versions.node,
    v8: process.versions.v8,
    packages: Object.fromEntries(packages.map((name) => [name, packageVersion(name)])),
  };
}

/** systeminformation gives '' or a dash for what it can't find. */
function text(value: string): string | null {
  const trimmed = value.trim();
  return /[a-z0-9]/i.test(trimmed) && !/^unknown$/i.test(trimmed) ? trimmed : null;
}

/** systeminformation gives 0, NaN, null or '' for what it can't find. */
function number(value: unknown): number | null {
  return typeof value === 'number' && value > 0 ? value : null;
}

/** A module that names its type or clock; virtual machines list one that says nothing. */
function memoryModule({ size, type, clockSpeed }: si.Systeminformation.MemLayoutData): string[] {
  const kind = text(type);
  const clock = number(clockSpeed);
  if (kind === null && clock === null) return [];
  return [`${size / 2 ** 30} GiB ${kind ?? ''}${clock === null ? '' : ` ${clock} MT/s`}`.trim()];
}

function gpu({ vendor, model, vram }: si.Systeminformation.GraphicsControllerData): string[] {
  const name = text(model) ?? text(vendor);
  if (name === null) return [];
  const memory = number(vram);
  return [memory === null ? name : `${name}, ${memory} MiB`];
}

function virtualization(system: si.Systeminformation.SystemData): string | null {
  const host = system.virtual ? (text(system.virtualHost ?? '') ?? 'virtual machine') : null;
  const container = /docker|container/i.test(system.model) ? 'container' : null;
  return [container, host].filter((part) => part !== null).join(' in ') || null;
}
