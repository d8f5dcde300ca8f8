import { mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { readDataFile } from '#lib/loaders/dataFile';
import { claimPartialFile } from '#lib/loaders/partialFile';

/** No mirror served the file. The message gives each one's reason. */
export class DownloadError extends Error {
  override readonly name = 'DownloadError';
}

export interface Download {
  /** Addresses of the same file, tried in this order, each twice at most. */
  readonly urls: readonly string[];
  /** Where the file goes once it is complete and verified. */
  readonly target: string;
  /** Its length. */
  readonly bytes: number;
  /** SHA-256 (hex) values accepted for its content, after gunzip. */
  readonly sha256: readonly string[];
  /** Told how many bytes of the file are here. */
  readonly onBytes: (received: number) => void;
  /** A connection that brings nothing for so long is given up, ms. */
  readonly idleTimeout?: number;
  /** Ends the download; what is here by then is kept for the next. */
  readonly signal?: AbortSignal;
}

/**
 * Fetches a file. Until it is complete and its checksum right it bears the name of a partial file; a
 * broken download goes on from there, now or in a later run, if the mirror can send a range.
 *
 * @throws DownloadError if no mirror serves the file
 * @throws the signal's reason, once the signal is aborted
 * @throws Error if it can't be written: no mirror can help that
 */
export async function download(options: Download): Promise<void> {
  const { urls, target, sha256, signal } = options;
  await onDisk(target, mkdir(dirname(target), { recursive: true }));
  const part = await onDisk(target, claimPartialFile(target));
  const failures: string[] = [];
  for (const url of [...urls, ...urls]) {
    try {
      await transfer(url, part, options);
      const found = await readDataFile(part).catch(() => undefined);
      if (found && sha256.includes(found.sha256)) {
        await onDisk(target, rename(part, target));
        return;
      }
      await onDisk(part, rm(part));
      throw new Error(`wrong checksum ${found?.sha256 ?? '(broken gzip data)'}`);
    } catch (error) {
      signal?.throwIfAborted();
      if (error instanceof DiskError) throw error;
      failures.push(`${url}: ${reasonOf(error)}`);
    }
  }
  throw new DownloadError([...new Set(failures)].join('; '));
}

/**
 * The mirrors that answer at all, asked side by side, so that a closed network is noticed at once.
 *
 * @param file any file of the mirrors
 * @throws DownloadError if none answers within `timeout` ms
 */
export async function reachableMirrors(
  mirrors: readonly string[],
  file: string,
  timeout = 3000,
): Promise<readonly string[]> {
  const answers = await Promise.allSettled(
    mirrors.map((mirror) =>
      fetch(mirror + file, { method: 'HEAD', signal: AbortSignal.timeout(timeout) }),
    ),
  );
  const reachable = mirrors.filter((_, i) => answers[i].status === 'fulfilled');
  if (reachable.length > 0) return reachable;
  throw new DownloadError(
    answers
      .map(
        (answer, i) =>
          `${mirrors[i]}: ${answer.status === 'rejected' ? reasonOf(answer.reason) : ''}`,
      )
      .join('; '),
  );
}

/** Adds to the partial file what it lacks, or starts it again if the mirror sends the whole. */
async function transfer(url: string, part: string, options: Download): Promise<void> {
  const { bytes, onBytes, idleTimeout = 15_000, signal } = options;
  let received = await sizeOf(part);
  if (received === bytes) return;
  const idle = new AbortController();
  const timer = setTimeout(() => {
    idle.abort(new Error(`nothing came for ${idleTimeout / 1000} s`));
  }, idleTimeout);
  try {
    const response = await fetch(url, {
      signal: AbortSignal.any([idle.signal, ...(signal ? [signal] : [])]),
      // `identity`: a mirror that packs on the way would send another length and no ranges.
      headers: {
        'accept-encoding': 'identity',
        ...(received > 0 && received < bytes && { range: `bytes=${received}-` }),
      },
    });
    if (!response.ok || !response.body) throw new Error(`HTTP status ${response.status}`);
    if (new URL(response.url).protocol !== new URL(url).protocol) {
      throw new Error(`leads to ${response.url}, which is not encrypted`);
    }
    const resumed =
      response.headers.get('content-range')?.startsWith(`bytes ${received}-`) ?? false;
    if (!resumed) received = 0;
    const announced = response.headers.get('content-length');
    if (announced !== null && received + Number(announced) !== bytes) {
      throw new Error(`wrong length ${received + Number(announced)}, expected ${bytes}`);
    }
    const file = await onDisk(part, open(part, resumed ? 'a' : 'w'));
    try {
      for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
        timer.refresh();
        received += chunk.length;
        if (received > bytes) throw new Error(`wrong length, more than ${bytes}`);
        await onDisk(part, file.writeFile(chunk));
        onBytes(received);
      }
    } finally {
      await file.close();
    }
    if (received < bytes) throw new Error(`broke off after ${received} of ${bytes} bytes`);
  } finally {
    clearTimeout(timer);
  }
}

async function sizeOf(path: string): Promise<number> {
  return (await stat(path).catch(() => undefined))?.size ?? 0;
}

class DiskError extends Error {}

/** Tells the disk's failures, which end the download, from a mirror's, after which the next is tried. */
async function onDisk<T>(path: string, operation: Promise<T>): Promise<T> {
  try {
    return await operation;
  } catch (error) {
    throw new DiskError(
      `${path} can't be written: ${reasonOf(error)}. ` +
        `Make room or make the directory writable, or set LAB_DATA to a directory that holds the data.`,
      { cause: error },
    );
  }
}

/** Fetch hides why it failed in the error's cause. */
function reasonOf(error: unknown): string {
  const { message, cause } = error as Error;
  return cause instanceof Error ? cause.message : message;
}
