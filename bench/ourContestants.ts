import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Contestant } from '#bench/contestant';
import { readFloats, readManifest, sparse } from '#bench/materials';
import type { Case, Listed } from '#bench/protocol';
import { ourTraining } from '#bench/ourTraining';
import { openSession } from '#lib/evaluation/session';
import { openWordSession } from '#lib/evaluation/wordSession';
import { wordBatch } from '#lib/loaders/wordBatch';
import { openWasmModel } from '#lib/kernels/wasmModel';

const inferences = ['float32', 'float16', 'dynamic-int8', 'static-int8'] as const;

/** All of ours for a folder of materials. */
export async function openContestants(folder: string, threads: number): Promise<Contestant[]> {
  const {
    widths: [width],
  } = readManifest(folder);
  const test = readFloats(folder, 'test.f32');
  const counts = (rows: Uint32Array): Float32Array =>
    test.slice(rows[0] * width, (rows[rows.length - 1] + 1) * width);
  const model = (name: string): Uint8Array => new Uint8Array(readFileSync(join(folder, name)));

  const hasWords = existsSync(join(folder, 'words.i32'));
  const contestants: Contestant[] = [];
  for (const name of inferences) {
    const session = await openSession(model(`${name}.onnx`), { threads });
    contestants.push(reading('counts', name, 'onnxruntime-node', counts, session.run));
  }
  for (const name of inferences) {
    const kernel = await openWasmModel(model(`${name}.onnx`));
    contestants.push(reading('counts', name, 'our kernel (WebAssembly)', counts, kernel.logits));
    if (!hasWords) continue;
    const words = (rows: Uint32Array) => sparse(counts(rows), width);
    contestants.push(reading('words', name, 'our kernel (WebAssembly)', words, kernel.logits));
  }
  if (hasWords) {
    const sentences = sparse(test, width);
    for (const name of inferences.filter((each) => each !== 'float16')) {
      const session = await openWordSession(model(`${name}.words.onnx`), { threads });
      const words = (rows: Uint32Array) => wordBatch(sentences, rows);
      contestants.push(reading('words', name, 'onnxruntime-node', words, session.run));
    }
  }
  return [...contestants, ourTraining(folder)];
}

function reading<T>(
  reads: Listed['reads'],
  name: Case,
  engine: string,
  input: (rows: Uint32Array) => T,
  run: (input: T) => Float32Array | Promise<Float32Array>,
): Contestant {
  return {
    case: name,
    name: engine,
    reads,
    call: (rows) => {
      const given = input(rows);
      return () => run(given);
    },
  };
}
