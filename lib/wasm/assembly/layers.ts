/** The kernels of fully connected layers, in one module, so that they share a memory. */
export * from './float32';
export * from './int8';
