/**
 * Rounds float32 numbers, in place, to those that a shorter format has: to the nearest, of two equally near
 * ones to the even (IEEE 754). NaN stays NaN.
 *
 * Addresses are in bytes and divisible by 16; numbers are taken four at a time, to a whole vector.
 */

/**
 * To float16: 11 significant bits from 2^-14 on; multiples of 2^-24 below; from 65520 on infinity.
 *
 * For normal numbers half a unit of the last bit that is kept is added to the bits, or just less if that bit
 * is even, and the bits behind it are cut off. For those below, adding 0.5 leaves no bit under 2^-24.
 */
export function roundFloat16(p: usize, count: i32): void {
  const sign = i32x4.splat(0x80000000);
  const infinity = i32x4.splat(0x7f800000);
  const half = f32x4.splat(0.5);
  for (const end = p + ((<usize>count) << 2); p < end; p += 16) {
    const x = v128.load(p);
    const magnitude = v128.andnot(x, sign);
    const odd = v128.and(i32x4.shr_u(magnitude, 13), i32x4.splat(1));
    let normal = i32x4.add(i32x4.add(magnitude, i32x4.splat(0xfff)), odd);
    normal = v128.andnot(normal, i32x4.splat(0x1fff));
    normal = v128.bitselect(infinity, normal, i32x4.gt_s(normal, i32x4.splat(0x477fe000)));
    const small = f32x4.sub(f32x4.add(magnitude, half), half);
    let y = v128.bitselect(small, normal, i32x4.lt_s(magnitude, i32x4.splat(0x38800000)));
    y = v128.bitselect(magnitude, y, i32x4.gt_s(magnitude, infinity)); // NaN
    v128.store(p, v128.or(y, v128.and(x, sign)));
  }
}

/** To bfloat16: the upper half of float32, 8 significant bits, with its exponents. */
export function roundBfloat16(p: usize, count: i32): void {
  const sign = i32x4.splat(0x80000000);
  const infinity = i32x4.splat(0x7f800000);
  for (const end = p + ((<usize>count) << 2); p < end; p += 16) {
    const x = v128.load(p);
    const magnitude = v128.andnot(x, sign);
    const odd = v128.and(i32x4.shr_u(magnitude, 16), i32x4.splat(1));
    let y = i32x4.add(i32x4.add(magnitude, i32x4.splat(0x7fff)), odd);
    y = v128.andnot(y, i32x4.splat(0xffff));
    y = v128.bitselect(magnitude, y, i32x4.gt_s(magnitude, infinity)); // NaN
    v128.store(p, v128.or(y, v128.and(x, sign)));
  }
}
