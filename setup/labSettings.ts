/** JupyterLab's settings: it asks and looks for nothing on the network. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { writeWhole } from '#lib/wholeFile';
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
  run: () => {
    writeWhole(file, settings);
    return Promise.resolve(path.relative(root, file));
  },
};
