/**
 * How much the sweeps of notebooks 06 to 08 measure. With all that is around them, on two cores, a notebook
 * takes less than two minutes in `quick` and less than a quarter of an hour in `full`.
 */
export type Setting = 'quick' | 'full';
