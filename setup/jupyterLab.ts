import { root, venvPython } from '#setup/environment';
import { kernelName } from '#setup/kernelspec';

/**
 * Program and arguments that start JupyterLab at the repository, opened on the notebooks: reached from
 * this machine only, with the token that Jupyter makes, and silent towards other hosts.
 */
export function jupyterLab(): string[] {
  return [
    venvPython,
    ...['-m', 'jupyterlab'],
    `--ServerApp.root_dir=${root}`,
    '--ServerApp.ip=127.0.0.1',
    '--ServerApp.answer_yes=True', // One Ctrl-C is enough.
    `--MappingKernelManager.default_kernel_name=${kernelName}`,
    `--KernelSpecManager.allowed_kernelspecs=${kernelName}`,
    '--LabApp.default_url=/lab/tree/notebooks',
    '--LabApp.news_url=None',
    '--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate',
    '--LabApp.extension_manager=readonly',
    ...(process.getuid?.() === 0 ? ['--allow-root'] : []),
  ];
}
