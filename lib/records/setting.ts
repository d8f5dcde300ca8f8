/**
 * How much the sweeps of notebooks 06 to 08 measure. With all that is around them, on two quiet cores, a
 * notebook is meant to take about two minutes in `quick` and about a quarter of an hour in `full`.
 */
export type Setting = 'quick' | 'full';
