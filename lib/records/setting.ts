/**
 * How much the sweeps of notebooks 06 to 08 measure. With all that is around them, on two quiet cores, a
 * notebook is meant to take a minute or two in `quick` and at most a quarter of an hour in `full`.
 */
export type Setting = 'quick' | 'full';
