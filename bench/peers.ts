import path from 'node:path';
import { cache, environment, pythonOf, root } from '#setup/environment';

/** Someone else's engine, in a Python environment of its own. */
export interface Peer {
  readonly name: 'PyTorch' | 'ONNX Runtime, Python' | 'LiteRT';
  /** Script in `peers/`, and requirements beside it. */
  readonly script: string;
  readonly requirements: string;
  /** Folder of its environment. */
  readonly environment: string;
  /** What its installation downloads. */
  readonly download: string;
}

const folder = path.join(root, 'bench', 'peers');

function peer(name: Peer['name'], file: string, requirements: string, download: string): Peer {
  return {
    name,
    script: path.join(folder, `${file}.py`),
    requirements: path.join(folder, requirements),
    environment: path.join(cache, 'peers', file),
    download,
  };
}

export const peers: readonly Peer[] = [
  peer(
    'PyTorch',
    'pytorch',
    'pytorch.txt',
    '100 MB; on Linux with x64 2.7 GB, since that release does not start without the CUDA libraries',
  ),
  peer('ONNX Runtime, Python', 'onnxruntime_python', 'onnxruntime.txt', '40 MB'),
  peer('LiteRT', 'litert', 'litert.txt', '50 MB'),
];

/** Python of a peer. */
export function peerPython({ environment: folder }: Peer): string {
  return pythonOf(folder);
}

/** What a contestant's process runs in: as many threads as it is told, for every library, TensorFlow too. */
export function contestantEnvironment(threads: number): NodeJS.ProcessEnv {
  const libraries = ['OMP_NUM_THREADS', 'MKL_NUM_THREADS', 'TF_NUM_INTRAOP_THREADS'];
  const counts = libraries.map((name) => [name, String(threads)]);
  return { ...environment(), ...(Object.fromEntries(counts) as Record<string, string>) };
}
