import { dataFile, type DataFile } from '#lib/loaders/dataFile';
import { encodeIdx } from '#lib/loaders/idx';
import { seededRandom, uniform, type Random } from '#lib/random';
import { uniformInt } from 'pure-rand/distribution/uniformInt';

type Point = readonly [x: number, y: number];

/** One stroke for each digit: points "x,y" in a square from 0,0 at the top left to 100,100. */
const strokes: readonly (readonly Point[])[] = [
  '50,8 28,22 22,50 30,80 50,92 70,80 78,50 70,20 50,8',
  '36,26 52,8 50,92',
  '22,28 34,12 56,8 74,22 66,46 40,70 20,90 80,88',
  '24,16 50,8 72,20 66,40 44,47 70,56 76,76 52,92 22,84',
  '62,92 64,8 20,62 82,60',
  '76,10 32,10 28,44 54,40 76,54 74,78 50,92 22,84',
  '66,8 42,24 26,54 30,82 52,92 72,80 70,60 52,52 30,64',
  '20,12 80,10 54,50 42,92',
  '50,48 28,32 34,13 50,8 66,13 72,32 50,48 26,68 34,88 50,92 66,88 74,68 50,48',
  '72,36 58,50 38,48 28,30 38,13 58,8 72,20 72,36 64,92',
].map((stroke) =>
  stroke.split(' ').map((point): Point => {
    const [x, y] = point.split(',').map(Number);
    return [x / 100, y / 100];
  }),
);

const side = 28;

/**
 * The sample that stands in for MNIST: 2,000 and 500 digits, each a stroke of its own slant, size,
 * place, thickness and wobble under noise, as files in MNIST's format. The same on every machine: only
 * operations that IEEE 754 rounds exactly take part.
 */
export function generateMnist(): readonly DataFile[] {
  const random = seededRandom(28);
  return [...digitFiles(random, 'train', 2000), ...digitFiles(random, 't10k', 500)];
}

function digitFiles(random: Random, part: string, count: number): readonly DataFile[] {
  const labels = Uint8Array.from({ length: count }, () => uniformInt(random, 0, 9));
  const images = new Uint8Array(count * side * side);
  labels.forEach((digit, i) => {
    draw(random, strokes[digit], images.subarray(i * side * side, (i + 1) * side * side));
  });
  const file = (name: string, shape: number[], values: Uint8Array): DataFile =>
    dataFile(`generated sample/${part}-${name}`, encodeIdx({ shape, values }));
  return [
    file('images-idx3-ubyte', [count, side, side], images),
    file('labels-idx1-ubyte', [count], labels),
  ];
}

/** Draws a stroke into an image of side x side pixels. */
function draw(random: Random, stroke: readonly Point[], image: Uint8Array): void {
  const [width, height] = [uniform(random, 11, 20), uniform(random, 15, 21)];
  const slant = uniform(random, -0.35, 0.35);
  const tilt = uniform(random, -0.2, 0.2);
  const [left, top] = [uniform(random, 12, 16), uniform(random, 12, 16)];
  const thickness = uniform(random, 0.5, 1.6);
  const ink = uniform(random, 150, 255);
  const noise = uniform(random, 0, 60);
  const points = stroke.map(([x, y]): Point => {
    const u = (x - 0.5 + uniform(random, -0.07, 0.07)) * width;
    const v = (y - 0.5 + uniform(random, -0.07, 0.07)) * height;
    return [left + u - slant * v, top + v + tilt * u];
  });
  for (let pixel = 0; pixel < image.length; pixel++) {
    const [x, y] = [(pixel % side) + 0.5, Math.floor(pixel / side) + 0.5];
    let nearest = Infinity;
    for (let i = 1; i < points.length; i++) {
      nearest = Math.min(nearest, squaredDistance(x, y, points[i - 1], points[i]));
    }
    const cover = Math.min(1, Math.max(0, thickness + 0.5 - Math.sqrt(nearest)));
    const grain = uniform(random, -noise, noise);
    image[pixel] = Math.min(255, Math.max(0, Math.round(cover * ink + grain)));
  }
}

/** Of the point (x, y) from the line between two others. */
function squaredDistance(x: number, y: number, [x0, y0]: Point, [x1, y1]: Point): number {
  const dx = x1 - x0;
  const dy = y1 - y0;
  const along = ((x - x0) * dx + (y - y0) * dy) / (dx * dx + dy * dy);
  const nearest = Math.min(1, Math.max(0, along));
  return (x - x0 - nearest * dx) ** 2 + (y - y0 - nearest * dy) ** 2;
}
