/**
 * What a fully connected layer with int8 weights and uint8 activations computes. All addresses are in
 * bytes and divisible by 16; the widths of all matrices are filled up with zeros to whole blocks.
 */

/** Outputs that are summed at a time, in eight vectors of four. */
const block: i32 = 32;
/** Weights of one block for a pair of inputs: a line of the cache. */
const line: usize = 64;

/**
 * DynamicQuantizeLinear of ONNX, over all numbers at once:
 *
 *     scale = (max(0, x) − min(0, x)) / 255        zeroPoint = round(clamp(−min(0, x) / scale))
 *     q     = clamp(round(x / scale) + zeroPoint, 0, 255)
 *
 * @param x float32
 * @param q uint8 values, each in 16 bits, as the products read them
 * @param mapping where to write the scale (float32) and the zero point (int32)
 */
export function quantize(x: usize, count: i32, q: usize, mapping: usize): void {
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
  const zeroPoint = nearest<f32>(Mathf.min((0 - min) / scale, 255));
  store<f32>(mapping, scale);
  store<i32>(mapping, <i32>zeroPoint, 4);

  const scales = f32x4.splat(scale);
  const zeroPoints = i32x4.splat(<i32>zeroPoint);
  const most = i16x8.splat(255);
  for (let at = x; at < end; at += 32, q += 16) {
    const first = f32x4.nearest(f32x4.div(v128.load(at), scales));
    const second = f32x4.nearest(f32x4.div(v128.load(at, 16), scales));
    const integers = i16x8.narrow_i32x4_u(
      i32x4.add(i32x4.trunc_sat_f32x4_s(first), zeroPoints),
      i32x4.add(i32x4.trunc_sat_f32x4_s(second), zeroPoints),
    );
    v128.store(q, i16x8.min_u(integers, most));
  }
}

function leastOf(v: v128): f32 {
  return Mathf.min(
    Mathf.min(f32x4.extract_lane(v, 0), f32x4.extract_lane(v, 1)),
    Mathf.min(f32x4.extract_lane(v, 2), f32x4.extract_lane(v, 3)),
  );
}

/**
 * The product (q − zeroPoint) · W in 32 bits, exact.
 *
 * One instruction, `i32x4.dot_i16x8_s`, multiplies eight pairs of 16-bit numbers and adds neighbours:
 * four outputs, each with two of its inputs. int8 and uint8 are widened to 16 bits first, so no sum is
 * ever cut off. Pairs of inputs that are 0, as most pixels and half of what a ReLU gives, are left out.
 *
 * @param q uint8 values in 16 bits, [rows, inputs]
 * @param weights int8; for each block of outputs, for each pair of inputs: both weights of each output
 * @param sums of the weights of each output, int32
 * @param mapping of q, as `quantize` wrote it
 * @param pairs room for rows · (4 + 4 · inputs) bytes
 * @param product int32, [rows, outputs]
 */
export function multiply(
  q: usize,
  rows: i32,
  inputs: i32,
  weights: usize,
  sums: usize,
  outputs: i32,
  mapping: usize,
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
  const zeroPoint = i32x4.splat(load<i32>(mapping, 4));
  const blockBytes = ((<usize>inputs) >> 1) * line;
  for (let output = 0; output < outputs; output += block, weights += blockBytes) {
    for (let row = 0; row < rows; row++) {
      multiplyBlock(
        lists + <usize>row * listBytes,
        load<u32>(pairs + ((<usize>row) << 2)),
        weights,
        sums + ((<usize>output) << 2),
        zeroPoint,
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
  sums: usize,
  zeroPoint: v128,
  product: usize,
): void {
  let c0 = i32x4.splat(0);
  let c1 = c0;
  let c2 = c0;
  let c3 = c0;
  let c4 = c0;
  let c5 = c0;
  let c6 = c0;
  let c7 = c0;
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
  v128.store(product, i32x4.sub(c0, i32x4.mul(zeroPoint, v128.load(sums))));
  v128.store(product, i32x4.sub(c1, i32x4.mul(zeroPoint, v128.load(sums, 16))), 16);
  v128.store(product, i32x4.sub(c2, i32x4.mul(zeroPoint, v128.load(sums, 32))), 32);
  v128.store(product, i32x4.sub(c3, i32x4.mul(zeroPoint, v128.load(sums, 48))), 48);
  v128.store(product, i32x4.sub(c4, i32x4.mul(zeroPoint, v128.load(sums, 64))), 64);
  v128.store(product, i32x4.sub(c5, i32x4.mul(zeroPoint, v128.load(sums, 80))), 80);
  v128.store(product, i32x4.sub(c6, i32x4.mul(zeroPoint, v128.load(sums, 96))), 96);
  v128.store(product, i32x4.sub(c7, i32x4.mul(zeroPoint, v128.load(sums, 112))), 112);
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
