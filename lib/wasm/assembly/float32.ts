/**
 * What a fully connected layer with float32 weights computes. All addresses are in bytes and divisible by
 * 16; the widths of all matrices are filled up with zeros to whole blocks.
 */

/** Outputs that are summed at a time, in eight vectors of four. */
const block: i32 = 32;
/** Weights of one block for an input: two lines of the cache. */
const line: usize = 128;

/**
 * Lists the inputs that aren't 0, as most pixels and half of what a ReLU gives.
 *
 * @param x float32, [rows, inputs]
 * @param lists room for rows · (4 + 8 · inputs) bytes
 */
export function listFloats(x: usize, rows: i32, inputs: i32, lists: usize): void {
  for (let row = 0; row < rows; row++) {
    const list = listOf(row, inputs, lists);
    store<u32>(list, <u32>listRow(x + <usize>row * ((<usize>inputs) << 2), inputs, list + 4));
  }
}

/**
 * The same of rows that only have numbers that aren't 0.
 *
 * @param values float32, of all rows
 * @param columns which input each is, uint32
 * @param ends how many of them belong to a row and those before it, uint32, one for each row
 */
export function listSparseFloats(
  values: usize,
  columns: usize,
  ends: usize,
  rows: i32,
  inputs: i32,
  lists: usize,
): void {
  let k: usize = 0;
  for (let row = 0; row < rows; row++) {
    const list = listOf(row, inputs, lists);
    let at = list + 4;
    for (const end = <usize>load<u32>(ends + ((<usize>row) << 2)); k < end; k++, at += 8) {
      store<u32>(at, load<u32>(columns + (k << 2)) * <u32>line);
      store<u32>(at, load<u32>(values + (k << 2)), 4);
    }
    store<u32>(list, <u32>at);
  }
}

/** The list of a row: where it ends, 32 bits; then, for each input, where its weights stand in a block, and it. */
function listOf(row: i32, inputs: i32, lists: usize): usize {
  return lists + <usize>row * (4 + ((<usize>inputs) << 3));
}

/**
 * bias + x · W, and no less than `least`, which is 0 for a ReLU.
 *
 * The inputs that are listed are added in their order, each product and each sum rounded to float32.
 *
 * @param lists of the inputs of each row
 * @param weights float32; for each block of outputs, for each input: the weight of each output
 * @param biases float32, one for each output
 * @param product float32, [rows, outputs]
 */
export function multiplyFloats(
  lists: usize,
  rows: i32,
  inputs: i32,
  weights: usize,
  biases: usize,
  outputs: i32,
  least: f32,
  product: usize,
): void {
  const leasts = f32x4.splat(least);
  const blockBytes = <usize>inputs * line;
  for (let output = 0; output < outputs; output += block, weights += blockBytes) {
    for (let row = 0; row < rows; row++) {
      const list = listOf(row, inputs, lists);
      addBlock(
        list + 4,
        load<u32>(list),
        weights,
        biases + ((<usize>output) << 2),
        leasts,
        product + ((<usize>(row * outputs + output)) << 2),
      );
    }
  }
}

/** Lists the inputs of a row that aren't 0; gives the end of its list. */
function listRow(x: usize, inputs: i32, list: usize): usize {
  const end = <usize>inputs * line;
  for (let at: usize = 0; at < end; at += line << 2, x += 16) {
    if (!v128.any_true(v128.load(x))) continue; // most of a sentence's counts
    list = listInput(load<f32>(x), at, list);
    list = listInput(load<f32>(x, 4), at + line, list);
    list = listInput(load<f32>(x, 8), at + 2 * line, list);
    list = listInput(load<f32>(x, 12), at + 3 * line, list);
  }
  return list;
}

function listInput(input: f32, at: usize, list: usize): usize {
  store<u32>(list, <u32>at);
  store<f32>(list, input, 4);
  return list + ((<usize>(input != 0)) << 3); // the next one takes its place if it is 0
}

/** The outputs of one row in a block. */
function addBlock(
  list: usize,
  end: usize,
  weights: usize,
  biases: usize,
  leasts: v128,
  product: usize,
): void {
  let c0 = v128.load(biases);
  let c1 = v128.load(biases, 16);
  let c2 = v128.load(biases, 32);
  let c3 = v128.load(biases, 48);
  let c4 = v128.load(biases, 64);
  let c5 = v128.load(biases, 80);
  let c6 = v128.load(biases, 96);
  let c7 = v128.load(biases, 112);
  for (; list < end; list += 8) {
    const at = weights + load<u32>(list);
    const input = v128.load32_splat(list, 4);
    c0 = f32x4.add(c0, f32x4.mul(input, v128.load(at)));
    c1 = f32x4.add(c1, f32x4.mul(input, v128.load(at, 16)));
    c2 = f32x4.add(c2, f32x4.mul(input, v128.load(at, 32)));
    c3 = f32x4.add(c3, f32x4.mul(input, v128.load(at, 48)));
    c4 = f32x4.add(c4, f32x4.mul(input, v128.load(at, 64)));
    c5 = f32x4.add(c5, f32x4.mul(input, v128.load(at, 80)));
    c6 = f32x4.add(c6, f32x4.mul(input, v128.load(at, 96)));
    c7 = f32x4.add(c7, f32x4.mul(input, v128.load(at, 112)));
  }
  v128.store(product, f32x4.pmax(c0, leasts));
  v128.store(product, f32x4.pmax(c1, leasts), 16);
  v128.store(product, f32x4.pmax(c2, leasts), 32);
  v128.store(product, f32x4.pmax(c3, leasts), 48);
  v128.store(product, f32x4.pmax(c4, leasts), 64);
  v128.store(product, f32x4.pmax(c5, leasts), 80);
  v128.store(product, f32x4.pmax(c6, leasts), 96);
  v128.store(product, f32x4.pmax(c7, leasts), 112);
}
