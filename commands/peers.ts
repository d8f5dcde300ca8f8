/** The Python environments of the engines that npm run bench compares with. */
import { existsSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { peerPython, peers, type Peer } from '#bench/peers';
import { root } from '#setup/environment';
import { makeEnvironment } from '#setup/python';
import { run } from '#setup/run';
import type { Step } from '#setup/step';

/** One for each peer: where one can't be installed, the others still are. */
export const peerSteps: readonly Step[] = peers.map(peerStep);

function peerStep(peer: Peer): Step {
  return {
    name: `Peer ${peer.name.replace(',', '')}`,
    does: `makes ${path.relative(root, peer.environment)} for npm run bench only (downloads ${peer.download})`,
    // The environment holds absolute paths: a moved checkout needs a new one.
    inputs: () => [root, readFileSync(peer.requirements, 'utf8')],
    present: () => existsSync(peerPython(peer)),
    run: async () => {
      const { environment } = peer;
      const { log, how } = await makeEnvironment(environment, 11, path.basename(environment));
      // The requirements name all that is needed: what they leave out, as triton, is left out.
      const options = ['--no-user', '--no-deps', '--only-binary=:all:'];
      const from = ['-r', peer.requirements];
      const pip = ['-m', 'pip', 'install', '--require-hashes', ...options, ...from];
      try {
        await run(peerPython(peer), pip, { log });
      } catch (error) {
        await rm(environment, { recursive: true, force: true }); // half an environment is none
        throw error;
      }
      return how;
    },
    without: `The benchmark will run without ${peer.name}, and say so.`,
  };
}
