import { readFileSync } from 'node:fs';

/** The connection file that Jupyter writes for a kernel. */
export interface Connection {
  readonly transport: string;
  readonly ip: string;
  readonly shell_port: number;
  readonly iopub_port: number;
  readonly stdin_port: number;
  readonly control_port: number;
  readonly hb_port: number;
  /** Secret that messages are signed with (HMAC-SHA256); empty for unsigned messages. */
  readonly key: string;
}

/** @throws Error if the file cannot be read */
export function readConnection(file: string): Connection {
  return JSON.parse(readFileSync(file, 'utf8')) as Connection;
}
