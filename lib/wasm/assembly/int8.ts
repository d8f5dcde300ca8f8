/**
 * What a fully connected layer with int8 weights and uint8 activations computes. All addresses are in
 * bytes and divisible by 16; the widths of all matrices are filled up with zeros to whole blocks.
 */

/** Outputs that are summed at a time, in eight vectors of four. */
const block: i32 = 32;
/** Weights of two blocks for an input, in bytes: a line of the cache. The first block fetches it for both. */
const line: usize = 64;

/**
 * The scale and the zero point of DynamicQuantizeLinear of ONNX, over all numbers at once:
 *
 *     scale = (max(0, x) − min(0, x)) / 255        zeroPoint = round(clamp(−min(0, x) / scale))
 *
 * @param x float32
 * @param mapping where to write the scale (float32; NaN if a number is) and the zero point (int32)
 */
export function findMapping(x: usize, count: i32, mapping: usize): void {
  const end = x + ((<usize>count) << 2);
  let low = f32x4.splat(0);
  let high = f32x4.splat(0);
  let nan = f32x4.splat(0);
  for (let at = x; at < end; at += 16) {
    const numbers = v128.load(at);
    low = f32x4.pmin(low, numbers); // one instruction, as f32x4.min isn't, since it passes over NaN
    high = f32x4.pmax(high, numbers);
    nan = v128.or(nan, f32x4.ne(numbers, numbers));
  }
  const min = leastOf(low);
  const max = -leastOf(f32x4.neg(high));
  let scale: f32 = min == max ? 1 : (max - min) / 255;
  if (v128.any_true(nan)) scale = NaN;
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
 * Lists the inputs that aren't 0, as most pixels and more than half of what a ReLU gives.
 *
 * @param q uint8 values in 16 bits, [rows, inputs]
 * @param places what `writePlaces` wrote
 * @param lists room for rows · (8 + 6 · inputs) bytes
 */
export function listIntegers(q: usize, rows: i32, inputs: i32, places: usize, lists: usize): void {
  const inputBytes = (<usize>inputs) << 1;
  for (let row = 0; row < rows; row++) {
    listRow(q + <usize>row * inputBytes, inputs, places, listOf(row, inputs, lists));
  }
}

/**
 * The same of rows that only have numbers that aren't 0.
 *
 * @param q uint8 values in 16 bits, of all rows
 * @param columns which input each is, uint32
 * @param ends how many of them belong to a row and those before it, uint32, one for each row
 */
export function listSparseIntegers(
  q: usize,
  columns: usize,
  ends: usize,
  rows: i32,
  inputs: i32,
  lists: usize,
): void {
  let k: usize = 0;
  for (let row = 0; row < rows; row++) {
    const list = listOf(row, inputs, lists);
    let value = list + 8;
    let offset = value + ((<usize>inputs) << 1);
    let sum: u32 = 0;
    const end = <usize>load<u32>(ends + ((<usize>row) << 2));
    for (; k < end; k++, value += 2, offset += 4) {
      const input = load<u16>(q + (k << 1));
      store<u16>(value, input);
      store<u32>(offset, load<u32>(columns + (k << 2)) * <u32>line);
      sum += input;
    }
    finishList(list, value, offset, sum);
  }
}

/**
 * The list of a row: the bytes of its inputs and their sum, 32 bits each; the inputs, 16 bits each, filled
 * up with a 0 to whole pairs; and where the weights of each stand in a block, 32 bits each.
 */
function listOf(row: i32, inputs: i32, lists: usize): usize {
  return lists + <usize>row * (8 + 6 * <usize>inputs);
}

function finishList(list: usize, value: usize, offset: usize, sum: u32): void {
  const bytes = value - list - 8;
  if (bytes & 2) {
    store<u16>(value, 0);
    store<u32>(offset, 0);
  }
  store<u32>(list, <u32>bytes);
  store<u32>(list, sum, 4);
}

/**
 * For each set of eight bits, eight bytes: which of its bits are set, in order.
 *
 * @param places room for 2048 bytes, zeros
 */
export function writePlaces(places: usize): void {
  for (let set = 0; set < 256; set++) {
    let at = places + ((<usize>set) << 3);
    for (let bit = 0; bit < 8; bit++) {
      if ((set >> bit) & 1) store<u8>(at++, <u8>bit);
    }
  }
}

/** Lists the inputs of a row, eight at a time: their places in the list are looked up. */
function listRow(q: usize, inputs: i32, places: usize, list: usize): void {
  let value = list + 8;
  let offset = value + ((<usize>inputs) << 1);
  let sums = i32x4.splat(0);
  const end = <usize>inputs * line;
  for (let at: usize = 0; at < end; at += line << 3, q += 16) {
    const eight = v128.load(q);
    const set = i16x8.bitmask(i16x8.ne(eight, i16x8.splat(0)));
    if (set == 0) continue; // most of a sentence's counts
    const chosen = v128.load8x8_u(places + ((<usize>set) << 3));
    const bytes = i16x8.add(i16x8.mul(chosen, i16x8.splat(0x0202)), i16x8.splat(0x0100));
    v128.store(value, i8x16.swizzle(eight, bytes));
    storeOffsets(offset, at, i32x4.extend_low_i16x8_u(chosen));
    storeOffsets(offset + 16, at, i32x4.extend_high_i16x8_u(chosen));
    const count = <usize>popcnt(set); // what is stored behind them is overwritten
    value += count << 1;
    offset += count << 2;
    sums = i32x4.add(sums, i32x4.dot_i16x8_s(eight, i16x8.splat(1)));
  }
  finishList(list, value, offset, sumOf(sums));
}

function storeOffsets(offset: usize, at: usize, places: v128): void {
  v128.store(offset, i32x4.add(i32x4.splat(<i32>at), i32x4.mul(places, i32x4.splat(<i32>line))));
}

function sumOf(v: v128): u32 {
  return (
    i32x4.extract_lane(v, 0) +
    i32x4.extract_lane(v, 1) +
    i32x4.extract_lane(v, 2) +
    i32x4.extract_lane(v, 3)
  );
}

/**
 * The sum start + q · W in 32 bits, exact.
 *
 * One instruction, `i32x4.dot_i16x8_s`, multiplies eight pairs of 16-bit numbers and adds neighbours:
 * four outputs, each with two of its inputs. No sum of theirs is ever cut off. Any two inputs that are
 * listed make a pair.
 *
 * @param lists of the inputs of each row
 * @param weights for each two blocks of outputs, for each input: pairs of int8 weights h and l of two
 *   outputs, which are four apart, in 16 bits: 256 h + (l + 128)
 * @param starts int32, one for each output: what `correct` wrote, or that and a bias
 * @param product int32, [rows, outputs]
 */
export function multiply(
  lists: usize,
  rows: i32,
  inputs: i32,
  weights: usize,
  starts: usize,
  outputs: i32,
  product: usize,
): void {
  for (let first = 0; first < outputs; first += 2 * block, weights += <usize>inputs * line) {
    const end = min(first + 2 * block, outputs);
    for (let row = 0; row < rows; row++) {
      for (let output = first; output < end; output += block) {
        multiplyBlock(
          listOf(row, inputs, lists),
          inputs,
          weights + <usize>(output - first),
          starts + ((<usize>output) << 2),
          product + ((<usize>(row * outputs + output)) << 2),
        );
      }
    }
  }
}

/** The products of one row with a block. */
function multiplyBlock(
  list: usize,
  inputs: i32,
  weights: usize,
  starts: usize,
  product: usize,
): void {
  let both0 = i32x4.splat(0);
  let both1 = both0;
  let both2 = both0;
  let both3 = both0;
  let high0 = both0;
  let high1 = both0;
  let high2 = both0;
  let high3 = both0;
  let value = list + 8;
  let offset = value + ((<usize>inputs) << 1);
  for (const end = value + load<u32>(list); value < end; value += 4, offset += 8) {
    const two = v128.load32_splat(value);
    const a = weights + load<u32>(offset);
    const b = weights + load<u32>(offset, 4);
    const w0 = i16x8.shuffle(v128.load(a), v128.load(b), 0, 8, 1, 9, 2, 10, 3, 11);
    const w1 = i16x8.shuffle(v128.load(a), v128.load(b), 4, 12, 5, 13, 6, 14, 7, 15);
    const w2 = i16x8.shuffle(v128.load(a, 16), v128.load(b, 16), 0, 8, 1, 9, 2, 10, 3, 11);
    const w3 = i16x8.shuffle(v128.load(a, 16), v128.load(b, 16), 4, 12, 5, 13, 6, 14, 7, 15);
    both0 = i32x4.add(both0, i32x4.dot_i16x8_s(two, w0));
    both1 = i32x4.add(both1, i32x4.dot_i16x8_s(two, w1));
    both2 = i32x4.add(both2, i32x4.dot_i16x8_s(two, w2));
    both3 = i32x4.add(both3, i32x4.dot_i16x8_s(two, w3));
    high0 = i32x4.add(high0, i32x4.dot_i16x8_s(two, i16x8.shr_s(w0, 8)));
    high1 = i32x4.add(high1, i32x4.dot_i16x8_s(two, i16x8.shr_s(w1, 8)));
    high2 = i32x4.add(high2, i32x4.dot_i16x8_s(two, i16x8.shr_s(w2, 8)));
    high3 = i32x4.add(high3, i32x4.dot_i16x8_s(two, i16x8.shr_s(w3, 8)));
  }
  const excess = i32x4.splat(load<i32>(list, 4) << 7); // of 128 in each lower weight
  storeSums(both0, high0, excess, starts, product);
  storeSums(both1, high1, excess, starts + 32, product + 32);
  storeSums(both2, high2, excess, starts + 64, product + 64);
  storeSums(both3, high3, excess, starts + 96, product + 96);
}

/**
 * Takes the sums of 256 h + (l + 128) apart, of which those of h are known too. The former may have wrapped
 * around in 32 bits, which the difference undoes.
 */
function storeSums(both: v128, high: v128, excess: v128, starts: usize, product: usize): void {
  const low = i32x4.sub(i32x4.sub(both, i32x4.shl(high, 8)), excess);
  v128.store(product, i32x4.add(low, v128.load(starts)));
  v128.store(product, i32x4.add(high, v128.load(starts, 16)), 16);
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
      v128.store(product, f32x4.pmax(sums, leasts));
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
