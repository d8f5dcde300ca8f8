// Loads the tfjs-node package in the folder named and multiplies two matrices natively; fails if it can't.
const tf = require(process.argv[2]);

const product = tf.matMul([[1, 2], [3, 4]], [[5, 6], [7, 8]]).dataSync(); // prettier-ignore
if (tf.getBackend() !== 'tensorflow' || product.join() !== '19,22,43,50') {
  throw new Error(`backend ${tf.getBackend()} computed ${product.join()}, not 19,22,43,50`);
}
