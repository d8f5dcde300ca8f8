/**
 * One step of Adam (Kingma and Ba, 2015, algorithm 1) over float32 arrays, four numbers at a time.
 *
 *     m ← β1 m + (1 − β1) g        v ← β2 v + (1 − β2) g²
 *     p ← p − rate · m / (√v · correction + ε)
 *
 * All addresses are in bytes and divisible by 16; the arrays end on a whole vector of four.
 *
 * @param count of numbers in each array
 * @param rate learning rate / (1 − β1^step)
 * @param correction 1 / √(1 − β2^step)
 * @param smallest means below it become 0
 */
export function adamStep(
  p: usize,
  m: usize,
  v: usize,
  g: usize,
  count: i32,
  rate: f32,
  beta1: f32,
  beta2: f32,
  correction: f32,
  epsilon: f32,
  smallest: f32,
): void {
  const b1 = f32x4.splat(beta1);
  const a1 = f32x4.splat(1 - beta1);
  const b2 = f32x4.splat(beta2);
  const a2 = f32x4.splat(1 - beta2);
  const least = f32x4.splat(smallest);
  for (const end = p + ((<usize>count) << 2); p < end; p += 16, m += 16, v += 16, g += 16) {
    const gradient = v128.load(g);
    let mean = f32x4.add(f32x4.mul(b1, v128.load(m)), f32x4.mul(a1, gradient));
    let square = f32x4.mul(a2, f32x4.mul(gradient, gradient));
    square = f32x4.add(f32x4.mul(b2, v128.load(v)), square);
    mean = v128.and(mean, f32x4.ge(f32x4.abs(mean), least));
    square = v128.and(square, f32x4.ge(square, least));
    v128.store(m, mean);
    v128.store(v, square);
    const root = f32x4.mul(f32x4.sqrt(square), f32x4.splat(correction));
    const change = f32x4.div(
      f32x4.mul(f32x4.splat(rate), mean),
      f32x4.add(root, f32x4.splat(epsilon)),
    );
    v128.store(p, f32x4.sub(v128.load(p), change));
  }
}
