import { packageVersion } from '#lib/hardware/packageVersion';
import { hardwareReport } from '#lib/hardware/report';
import { machineLabel } from '#lib/hardware/reportRows';

/** What a measurement of the engine depends on beside what is measured. */
export interface MeasuredOn {
  /** With its version: `onnxruntime-node 1.30.0`. */
  readonly engine: string;
  /** One line from {@link machineLabel}. */
  readonly machine: string;
}

export async function measuredOn(): Promise<MeasuredOn> {
  return {
    engine: `onnxruntime-node ${packageVersion('onnxruntime-node')}`,
    machine: machineLabel(await hardwareReport()),
  };
}

/** The day, for a record of what is measured now: `2026-01-31`, UTC. */
export function today(): string {
  return new Date().toISOString().slice(0, 10);
}
