/** JupyterLab's settings: it asks and looks for nothing on the network. */
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import { root, venv } from '#setup/environment';
import type { Step } from '#setup/step';

const file = path.join(venv, 'share', 'jupyter', 'lab', 'settings', 'overrides.json');

const settings = JSON.stringify({
  '@jupyterlab/apputils-extension:notification': { fetchNews: 'false', checkForUpdates: false },
});

export const labSettingsStep: Step = {
  name: 'JupyterLab',
  does: 'turns off its question about news from the network',
  inputs: () => [settings],
  present: () => existsSync(file),
  run: async () => {
    await mkdir(path.dirname(file), { recursive: true });
    await writeFileAtomic(file, settings);
    return path.relative(root, file);
  },
};
