import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { download, reachableMirrors, type Download } from '#lib/loaders/download';
import { startLoopback, type Loopback } from '#lib/loaders/loopback';

const content = Buffer.from(Array.from({ length: 200_000 }, (_, i) => (i * i) >> 5));
const half = content.length / 2;
const sha256 = [createHash('sha256').update(content).digest('hex')];

/** Sends the file from where the request's range begins. */
function sendRange({ headers }: IncomingMessage, response: ServerResponse): void {
  const start = Number(/bytes=(\d+)-/.exec(headers.range ?? '')?.[1] ?? 0);
  const range = `bytes ${start}-${content.length - 1}/${content.length}`;
  response.writeHead(start > 0 ? 206 : 200, {
    'content-length': content.length - start,
    ...(start > 0 && { 'content-range': range }),
  });
  response.end(content.subarray(start));
}

/** Announces the whole file, sends half and goes away. */
function cut(_: IncomingMessage, response: ServerResponse): void {
  response.writeHead(200, { 'content-length': content.length });
  response.write(content.subarray(0, half), () => response.destroy());
}

const mirrors: Readonly<
  Record<string, (request: IncomingMessage, response: ServerResponse) => void>
> = {
  '/range': sendRange,
  '/whole': (_, response) => response.end(content),
  '/cut': cut,
  '/missing': (_, response) => response.writeHead(404).end('not here'),
  '/short': (_, response) => response.end(content.subarray(0, half)),
  '/long': (_, response) => {
    response.write(Buffer.alloc(1));
    response.end(content);
  },
  '/altered': (_, response) => response.end(Buffer.from(content).fill(7, 1000, 1001)),
  '/portal': (_, response) => {
    response.setHeader('content-length', 20);
    response.end('<html>log in</html>\n');
  },
  '/loop': (_, response) => response.writeHead(302, { location: '/loop' }).end(),
  '/moved': (_, response) => response.writeHead(302, { location: '/range' }).end(),
  '/stalls': (_, response) => {
    response.writeHead(200, { 'content-length': content.length });
    response.write(content.subarray(0, half));
  },
  '/slow': (_, response) => {
    const quarters = [0, 1, 2, 3].map((i) =>
      content.subarray((i * half) / 2, ((i + 1) * half) / 2),
    );
    const timer = setInterval(() => {
      response.write(quarters.shift());
      if (quarters.length > 0) return;
      clearInterval(timer);
      response.end();
    }, 300);
  },
  '/silent': () => undefined,
  '/packs': ({ headers }, response) => {
    const packed = headers['accept-encoding']?.includes('gzip') ?? false;
    if (packed) response.setHeader('content-encoding', 'gzip');
    response.end(packed ? gzipSync(content) : content);
  },
};

let server: Loopback;
let requests: string[];
beforeAll(async () => {
  server = await startLoopback((request, response) => {
    const { url = '', headers } = request;
    requests.push(url + (headers.range ? ` ${headers.range}` : ''));
    mirrors[url](request, response);
  });
});
afterAll(() => server.close());

let directory: string;
let target: string;
beforeEach(async () => {
  requests = [];
  directory = await mkdtemp(join(tmpdir(), 'download-'));
  target = join(directory, 'folder', 'file');
});
afterEach(() => rm(directory, { recursive: true }));

const fetchFrom = (paths: string[], options: Partial<Download> = {}): Promise<void> =>
  download({
    urls: paths.map((path) => server.url + path),
    target,
    bytes: content.length,
    sha256,
    onBytes: () => undefined,
    idleTimeout: 300,
    ...options,
  });

async function expectTarget(): Promise<void> {
  expect((await readFile(target)).equals(content)).toBe(true);
  expect(await readdir(join(directory, 'folder'))).toEqual(['file']);
}

/** A partial file that a process left which runs no more. */
async function leavePart(bytes: Uint8Array): Promise<void> {
  await mkdir(join(directory, 'folder'));
  await writeFile(`${target}.99999999.part`, bytes);
}

describe('download', () => {
  it.each(['range', 'whole', 'moved', 'packs'])('fetches the file (%s)', async (path) => {
    const received: number[] = [];
    await fetchFrom([path], { onBytes: (bytes) => received.push(bytes) });
    await expectTarget();
    expect(received.at(-1)).toBe(content.length);
    expect(received).toEqual([...received].sort((a, b) => a - b));
  });

  it.each([
    ['missing', /HTTP status 404/],
    ['short', /wrong length 100000, expected 200000/],
    ['long', /wrong length, more than 200000/],
    ['altered', /wrong checksum [0-9a-f]{64}/],
    ['portal', /wrong length 20, expected 200000/],
    ['loop', /redirect/],
    ['stalls', /nothing came for 0.3 s/],
    ['silent', /nothing came for 0.3 s/],
  ])(
    'goes on to the next mirror, and names the fault if there is none: %s',
    async (path, fault) => {
      await expect(fetchFrom([path])).rejects.toThrow(fault);
      await expect(readFile(target)).rejects.toThrow('ENOENT');
      await fetchFrom([path, 'whole']);
      await expectTarget();
    },
  );

  it('is patient with a mirror that is slow but steady', async () => {
    await fetchFrom(['slow'], { idleTimeout: 1000 });
    await expectTarget();
    expect(requests).toEqual(['/slow']);
  });

  it('goes on where a connection broke, at a mirror that can', async () => {
    await fetchFrom(['cut', 'range']);
    await expectTarget();
    expect(requests).toEqual(['/cut', expect.stringMatching(/^\/range bytes=[1-9]\d+-$/)]);
  });

  it('starts again at a mirror that sends no ranges', async () => {
    await fetchFrom(['cut', 'whole']);
    await expectTarget();
    expect(requests).toEqual(['/cut', expect.stringMatching(/^\/whole bytes=[1-9]\d+-$/)]);
  });

  it('tries a mirror twice', async () => {
    await expect(fetchFrom(['cut', 'missing'])).rejects.toThrow(
      /cut: .*; .*missing: HTTP status 404/,
    );
    expect(requests.map((request) => request.split(' ')[0])).toEqual([
      '/cut',
      '/missing',
      '/cut',
      '/missing',
    ]);
  });

  it('takes over what a killed run left', async () => {
    await leavePart(content.subarray(0, 1000));
    await fetchFrom(['range']);
    await expectTarget();
    expect(requests).toEqual(['/range bytes=1000-']);
  });

  it('needs no mirror if a killed run left the whole file', async () => {
    await leavePart(content);
    await fetchFrom(['missing']);
    await expectTarget();
    expect(requests).toEqual([]);
  });

  it.each([
    ['damaged', Buffer.alloc(1000, 9)],
    ['complete but damaged', Buffer.alloc(content.length, 9)],
    ['longer than the file', Buffer.alloc(content.length + 1, 9)],
  ])('starts again if what a killed run left is %s', async (_, bytes) => {
    await leavePart(bytes);
    await fetchFrom(['range']);
    await expectTarget();
  });

  it('leaves alone what a running process is fetching', async () => {
    await mkdir(join(directory, 'folder'));
    const theirs = `${target}.${process.ppid}.part`;
    await writeFile(theirs, 'theirs');
    await fetchFrom(['range']);
    expect(await readFile(theirs, 'utf8')).toBe('theirs');
    expect((await readFile(target)).equals(content)).toBe(true);
  });

  it.each(['stalls', 'silent'])(
    'ends when it is told to, whatever the mirror does, and goes on from there (%s)',
    async (path) => {
      const stopped = fetchFrom([path, 'whole'], {
        idleTimeout: 60_000,
        signal: AbortSignal.timeout(300),
      });
      await expect(stopped).rejects.toThrow(/timeout/);
      expect(requests).toEqual([`/${path}`]);
      await fetchFrom(['range']);
      await expectTarget();
      const kept = path === 'stalls' ? ` bytes=${half}-` : '';
      expect(requests).toEqual([`/${path}`, `/range${kept}`]);
    },
  );

  it.skipIf(process.platform !== 'linux')('ends at once when the disk is full', async () => {
    await mkdir(join(directory, 'folder'));
    await symlink('/dev/full', `${target}.${process.pid}.part`);
    await expect(fetchFrom(['whole', 'whole'])).rejects.toThrow(
      /can't be written: ENOSPC.*LAB_DATA/,
    );
    expect(requests).toEqual(['/whole']);
  });

  it('ends at once when the directory cannot be made', async () => {
    await writeFile(join(directory, 'folder'), 'a file');
    await expect(fetchFrom(['whole'])).rejects.toThrow(/can't be written: EEXIST/);
    expect(requests).toEqual([]);
  });
});

describe('reachableMirrors', () => {
  it('keeps those that answer, whatever they answer, and waits no longer for the others', async () => {
    const closed = await startLoopback(() => undefined);
    await closed.close();
    const urls = [closed.url, `${server.url}silent`, `${server.url}missing`, `${server.url}whole`];
    expect(await reachableMirrors(urls, '', 300)).toEqual(urls.slice(2));
    await expect(reachableMirrors(urls.slice(0, 2), '', 300)).rejects.toThrow(
      /^http.*: connect ECONNREFUSED.*; .*silent: .*timeout/,
    );
  });
});
