/**
 * What a fully connected layer with int8 weights and uint8 activations computes. All addresses are in
 * bytes and divisible by 16; the widths of all matrices are filled up with zeros to whole blocks.
 */

/** Outputs that are summed at a time, in eight vectors of four. */
const block: i32 = 32;
/** Weights of one block for a pair of inputs: a line of the cache. */
const line: usize = 64;

/**
 * The scale and the zero point of DynamicQuantizeLinear of ONNX, over all numbers at once:
 *
 *     scale = (max(0, x) − min(0, x)) / 255        zeroPoint = round(clamp(−min(0, x) / scale))
 *
 * @param x float32
 * @param mapping where to write the scale (float32) and the zero point (int32)
 */
export function findMapping(x: usize, count: i32, mapping: usize): void {
  const end = x + ((<usize>count) << 2);
  let low = f32x4.splat(0);
  let high = f32x4.splat(0);
  for (let at = x; at < end; at += 16) {
    const numbers = v128.load(at);
    low = f32x4.min(low, numbers);
    high = f32x4.max(high, numbers);
  }
  const min = Mathf.min(leastOf(low), 0);
  const max = -leastOf(f32x4.neg(high));
  const scale: f32 = min == max ? 1 : (max - min) / 255;
  store<f32>(mapping, scale);
  store<i32>(mapping, <i32>nearest<f32>(Mathf.min((0 - min) / scale, 255)), 4);
}

/**
 * q = clamp(round(x / scale) + zeroPoint, 0, 255), as QuantizeLinear of ONNX.
 *
 * @param x float32
 * @param mapping as `findMapping` writes it
 * @param q uint8 values, each in 16 bits, as the products read them
 */
export function quantize(x: usize, count: i32, mapping: usize, q: usize): void {
  const end = x + ((<usize>count) << 2);
  const scales = v128.load32_splat(mapping);
  const zeroPoints = v128.load16_splat(mapping, 4);
  for (let at = x; at < end; at += 32, q += 16) {
    const first = f32x4.div(v128.load(at), scales);
    const second = f32x4.div(v128.load(at, 16), scales);
    v128.store(q, rounded(first, second, zeroPoints));
  }
}

/** Eight numbers as uint8 values in 16 bits: to the nearest integer, of two the even one. */
function rounded(first: v128, second: v128, zeroPoints: v128): v128 {
  const integers = i16x8.narrow_i32x4_s(
    i32x4.trunc_sat_f32x4_s(f32x4.nearest(first)),
    i32x4.trunc_sat_f32x4_s(f32x4.nearest(second)),
  );
  const shifted = i16x8.add_sat_s(integers, zeroPoints);
  return i16x8.min_s(i16x8.max_s(shifted, i16x8.splat(0)), i16x8.splat(255));
}

function leastOf(v: v128): f32 {
  return Mathf.min(
    Mathf.min(f32x4.extract_lane(v, 0), f32x4.extract_lane(v, 1)),
    Mathf.min(f32x4.extract_lane(v, 2), f32x4.extract_lane(v, 3)),
  );
}

/**
 * What is added to the products for the zero point of the inputs: −zeroPoint · Σ W.
 *
 * @param sums of the weights of each output, int32
 * @param starts where to write it, int32
 */
export function correct(sums: usize, outputs: i32, mapping: usize, starts: usize): void {
  const factor = i32x4.neg(v128.load32_splat(mapping, 4));
  const bytes = (<usize>outputs) << 2;
  for (let at: usize = 0; at < bytes; at += 16) {
    v128.store(starts + at, i32x4.mul(factor, v128.load(sums + at)));
  }
}

/**
 * The sum start + q · W in 32 bits, exact.
 *
 * One instruction, `i32x4.dot_i16x8_s`, multiplies eight pairs of 16-bit numbers and adds neighbours:
 * four outputs, each with two of its inputs. int8 and uint8 are widened to 16 bits first, so no sum is
 * ever cut off. Pairs of inputs that are 0, as most pixels and half of what a ReLU gives, are left out.
 *
 * @param q uint8 values in 16 bits, [rows, inputs]
 * @param weights int8; for each block of outputs, for each pair of inputs: both weights of each output
 * @param starts int32, one for each output: what `correct` wrote, or that and a bias
 * @param pairs room for rows · (4 + 4 · inputs) bytes
 * @param product int32, [rows, outputs]
 */
export function multiply(
  q: usize,
  rows: i32,
  inputs: i32,
  weights: usize,
  starts: usize,
  outputs: i32,
  pairs: usize,
  product: usize,
): void {
  const lists = pairs + ((<usize>rows) << 2);
  const listBytes = (<usize>inputs) << 2;
  for (let row = 0; row < rows; row++) {
    const list = lists + <usize>row * listBytes;
    const end = listPairs(q + <usize>row * ((<usize>inputs) << 1), inputs >> 1, list);
    store<u32>(pairs + ((<usize>row) << 2), <u32>end);
  }
  const blockBytes = ((<usize>inputs) >> 1) * line;
  for (let output = 0; output < outputs; output += block, weights += blockBytes) {
    for (let row = 0; row < rows; row++) {
      multiplyBlock(
        lists + <usize>row * listBytes,
        load<u32>(pairs + ((<usize>row) << 2)),
        weights,
        starts + ((<usize>output) << 2),
        product + ((<usize>(row * outputs + output)) << 2),
      );
    }
  }
}

/** Lists where the weights of the pairs that aren't both 0 stand in a block, and the pairs; gives its end. */
function listPairs(q: usize, count: i32, list: usize): usize {
  const end = <usize>count * line;
  for (let at: usize = 0; at < end; at += line, q += 4) {
    const pair = load<u32>(q);
    store<u32>(list, <u32>at);
    store<u32>(list, pair, 4);
    list += (<usize>(pair != 0)) << 3; // the next one takes its place if it is 0
  }
  return list;
}

/** The products of one row with a block. */
function multiplyBlock(
  list: usize,
  end: usize,
  weights: usize,
  starts: usize,
  product: usize,
): void {
  let c0 = v128.load(starts);
  let c1 = v128.load(starts, 16);
  let c2 = v128.load(starts, 32);
  let c3 = v128.load(starts, 48);
  let c4 = v128.load(starts, 64);
  let c5 = v128.load(starts, 80);
  let c6 = v128.load(starts, 96);
  let c7 = v128.load(starts, 112);
  for (; list < end; list += 8) {
    const at = weights + load<u32>(list);
    const pair = v128.load32_splat(list, 4);
    c0 = i32x4.add(c0, i32x4.dot_i16x8_s(pair, v128.load8x8_s(at)));
    c1 = i32x4.add(c1, i32x4.dot_i16x8_s(pair, v128.load8x8_s(at, 8)));
    c2 = i32x4.add(c2, i32x4.dot_i16x8_s(pair, v128.load8x8_s(at, 16)));
    c3 = i32x4.add(c3, i32x4.dot_i16x8_s(pair, v128.load8x8_s(at, 24)));
    c4 = i32x4.add(c4, i32x4.dot_i16x8_s(pair, v128.load8x8_s(at, 32)));
    c5 = i32x4.add(c5, i32x4.dot_i16x8_s(pair, v128.load8x8_s(at, 40)));
    c6 = i32x4.add(c6, i32x4.dot_i16x8_s(pair, v128.load8x8_s(at, 48)));
    c7 = i32x4.add(c7, i32x4.dot_i16x8_s(pair, v128.load8x8_s(at, 56)));
  }
  v128.store(product, c0);
  v128.store(product, c1, 16);
  v128.store(product, c2, 32);
  v128.store(product, c3, 48);
  v128.store(product, c4, 64);
  v128.store(product, c5, 80);
  v128.store(product, c6, 96);
  v128.store(product, c7, 112);
}

/**
 * The real numbers that products stand for, in their place: c · (xScale · weightScale) + bias, and no
 * less than `least`, which is 0 for a ReLU.
 *
 * @param product int32, then float32, [rows, outputs]
 * @param scales float32, one for each output; so are the biases
 */
export function dequantize(
  product: usize,
  rows: i32,
  outputs: i32,
  mapping: usize,
  scales: usize,
  biases: usize,
  least: f32,
): void {
  const scale = v128.load32_splat(mapping);
  const leasts = f32x4.splat(least);
  const bytes = (<usize>outputs) << 2;
  for (let row = 0; row < rows; row++) {
    for (let at: usize = 0; at < bytes; at += 16, product += 16) {
      const numbers = f32x4.convert_i32x4_s(v128.load(product));
      const factors = f32x4.mul(scale, v128.load(scales + at));
      const sums = f32x4.add(f32x4.mul(numbers, factors), v128.load(biases + at));
      v128.store(product, f32x4.max(sums, leasts));
    }
  }
}

/**
 * The integers that the next layer reads: clamp(round(c · factor) + zeroPoint, 0, 255).
 *
 * @param product int32, [rows, outputs]
 * @param factors float32, one for each output: its scale ÷ that of the next layer's input
 * @param mapping of the next layer's input
 * @param q uint8 values in 16 bits, [rows, outputs]
 */
export function requantize(
  product: usize,
  rows: i32,
  outputs: i32,
  factors: usize,
  mapping: usize,
  q: usize,
): void {
  const zeroPoints = v128.load16_splat(mapping, 4);
  const bytes = (<usize>outputs) << 2;
  for (let row = 0; row < rows; row++) {
    for (let at: usize = 0; at < bytes; at += 32, product += 32, q += 16) {
      const first = f32x4.convert_i32x4_s(v128.load(product));
      const second = f32x4.convert_i32x4_s(v128.load(product, 16));
      v128.store(
        q,
        rounded(
          f32x4.mul(first, v128.load(factors + at)),
          f32x4.mul(second, v128.load(factors + at, 16)),
          zeroPoints,
        ),
      );
    }
  }
}
