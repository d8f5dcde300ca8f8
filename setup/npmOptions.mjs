/** Options of the lab's commands; none is an option of npm. */
const options = ['author', 'code', 'data', 'questions', 'quick', 'sample'];

/**
 * The option of a command that npm took for its own, as it does with all before `--`: npm hands it on as
 * a variable only, and the command would run without it.
 *
 * @param {NodeJS.ProcessEnv} env of a program that npm started
 * @returns {string | undefined}
 */
export function optionTakenByNpm(env) {
  return options.find((name) => `npm_config_${name}` in env);
}
