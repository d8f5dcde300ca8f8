import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createGunzip } from 'node:zlib';

/** A file of a data set, unpacked. */
export interface DataFile {
  /** Where it lies: errors name it. */
  readonly path: string;
  /** The content, after gunzip if it was packed. */
  readonly content: Buffer;
  /** SHA-256 (hex) of `content`: the same for a plain copy and one that was packed differently. */
  readonly sha256: string;
}

/** A data file that can't be used. The message names the file, what is wrong with it, and the remedy. */
export class DataFileError extends Error {
  override readonly name = 'DataFileError';

  /** @param problem a sentence that goes on from the file's name, with its full stop */
  constructor(path: string, problem: string) {
    super(
      `${path}: ${problem} Put a good copy in its place (data/README.md tells where to get one); ` +
        `in the repository's own data/ it is enough to delete the file and run again.`,
    );
  }
}

/** A file from content that is already in memory. */
export function dataFile(path: string, content: Buffer): DataFile {
  return { path, content, sha256: createHash('sha256').update(content).digest('hex') };
}

/**
 * Reads a file, unpacked if it begins like gzip (1f 8b), whatever its name.
 *
 * @throws DataFileError if it can't be read, is empty, or is broken gzip
 */
export async function readDataFile(path: string): Promise<DataFile> {
  const bytes = await readFile(path).catch((error: unknown) => {
    const { code = 'unknown error' } = error as NodeJS.ErrnoException;
    throw new DataFileError(
      path,
      code === 'EISDIR' ? 'is a directory, not a file.' : `can't be read (${code}).`,
    );
  });
  if (bytes.length === 0) throw new DataFileError(path, 'is empty.');
  const packed = bytes.length > 1 && bytes.readUInt16BE(0) === 0x1f8b;
  return dataFile(path, packed ? await unpack(path, bytes) : bytes);
}

async function unpack(path: string, packed: Buffer): Promise<Buffer> {
  const gunzip = createGunzip({ chunkSize: 1 << 20 });
  gunzip.end(packed);
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of gunzip) chunks.push(chunk as Buffer);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new DataFileError(
      path,
      code === 'Z_BUF_ERROR'
        ? `at byte ${packed.length}: the file ends, but its gzip data goes on: it was cut short.`
        : `at byte ${gunzip.bytesWritten} or somewhat after: expected sound gzip data, found damage (${message}).`,
    );
  }
  return Buffer.concat(chunks);
}
