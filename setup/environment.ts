/**
 * Where the lab keeps what it makes, and the environment its programs run in. Everything stays in the
 * repository folder: nothing is written to the user's home.
 */
import path from 'node:path';

const windows = process.platform === 'win32';

/** The repository. */
export const root = path.resolve(__dirname, '..');

/** Downloads, compiled libraries, stamps and logs of set-up; may be deleted at any time. */
export const cache = path.join(root, '.cache');

/** Python environment with JupyterLab and nbconvert. */
export const venv = path.join(root, '.venv');

/** Python of the environment. */
export const venvPython = pythonOf(venv);

/** Python of an environment in this folder. */
export function pythonOf(folder: string): string {
  return windows ? path.join(folder, 'Scripts', 'python.exe') : path.join(folder, 'bin', 'python');
}

/** Environment for Jupyter, pip and all other programs started by the lab. */
export function environment(): NodeJS.ProcessEnv {
  const jupyter = path.join(venv, 'jupyter');
  return {
    ...process.env,
    PATH: [path.dirname(venvPython), process.env.PATH].join(path.delimiter),
    VIRTUAL_ENV: venv,
    // A user's own Python set-up would shadow the packages of the environment.
    PYTHONHOME: undefined,
    PYTHONPATH: undefined,
    PYTHONNOUSERSITE: '1',
    PIP_CACHE_DIR: process.env.PIP_CACHE_DIR ?? path.join(cache, 'pip'),
    PIP_DISABLE_PIP_VERSION_CHECK: '1',
    npm_config_cache: process.env.npm_config_cache ?? path.join(cache, 'npm'),
    npm_config_devdir: path.join(cache, 'node-gyp'),
    JUPYTER_CONFIG_DIR: path.join(jupyter, 'config'),
    JUPYTER_DATA_DIR: path.join(jupyter, 'data'),
    JUPYTER_RUNTIME_DIR: path.join(jupyter, 'runtime'),
    JUPYTER_PATH: undefined,
    JUPYTER_PREFER_ENV_PATH: '1',
    IPYTHONDIR: path.join(jupyter, 'ipython'),
    TF_CPP_MIN_LOG_LEVEL: '2',
    // ONNX Runtime reports each session to its maker otherwise, and keeps an identifier in the home.
    ORT_DISABLE_TELEMETRY: '1',
  };
}

/** Environment for a browser: its profile, caches and certificates stay in the repository too. */
export function browserEnvironment(): NodeJS.ProcessEnv {
  const home = path.join(cache, 'browser');
  return {
    ...environment(),
    HOME: home,
    XDG_CONFIG_HOME: path.join(home, 'config'),
    XDG_CACHE_HOME: path.join(home, 'cache'),
    XDG_DATA_HOME: path.join(home, 'data'),
  };
}
