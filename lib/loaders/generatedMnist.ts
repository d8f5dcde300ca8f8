import { dataFile, type DataFile } from '#lib/loaders/dataFile';
import { encodeIdx } from '#lib/loaders/idx';
import { seededRandom, uniform, type Random } from '#lib/random';
import { uniformInt } from 'pure-rand/distribution/uniformInt';

type Point = readonly [x: number, y: number];

/** One stroke for each digit, in a square from (0, 0) at the top left to (1, 1). */
const strokes: readonly (readonly Point[])[] = [
  [
    [0.5, 0.08],
    [0.28, 0.22],
    [0.22, 0.5],
    [0.3, 0.8],
    [0.5, 0.92],
    [0.7, 0.8],
    [0.78, 0.5],
    [0.7, 0.2],
    [0.5, 0.08],
  ],
  [
    [0.36, 0.26],
    [0.52, 0.08],
    [0.5, 0.92],
  ],
  [
    [0.22, 0.28],
    [0.34, 0.12],
    [0.56, 0.08],
    [0.74, 0.22],
    [0.66, 0.46],
    [0.4, 0.7],
    [0.2, 0.9],
    [0.8, 0.88],
  ],
  [
    [0.24, 0.16],
    [0.5, 0.08],
    [0.72, 0.2],
    [0.66, 0.4],
    [0.44, 0.47],
    [0.7, 0.56],
    [0.76, 0.76],
    [0.52, 0.92],
    [0.22, 0.84],
  ],
  [
    [0.62, 0.92],
    [0.64, 0.08],
    [0.2, 0.62],
    [0.82, 0.6],
  ],
  [
    [0.76, 0.1],
    [0.32, 0.1],
    [0.28, 0.44],
    [0.54, 0.4],
    [0.76, 0.54],
    [0.74, 0.78],
    [0.5, 0.92],
    [0.22, 0.84],
  ],
  [
    [0.66, 0.08],
    [0.42, 0.24],
    [0.26, 0.54],
    [0.3, 0.82],
    [0.52, 0.92],
    [0.72, 0.8],
    [0.7, 0.6],
    [0.52, 0.52],
    [0.3, 0.64],
  ],
  [
    [0.2, 0.12],
    [0.8, 0.1],
    [0.54, 0.5],
    [0.42, 0.92],
  ],
  [
    [0.5, 0.48],
    [0.28, 0.32],
    [0.34, 0.13],
    [0.5, 0.08],
    [0.66, 0.13],
    [0.72, 0.32],
    [0.5, 0.48],
    [0.26, 0.68],
    [0.34, 0.88],
    [0.5, 0.92],
    [0.66, 0.88],
    [0.74, 0.68],
    [0.5, 0.48],
  ],
  [
    [0.72, 0.36],
    [0.58, 0.5],
    [0.38, 0.48],
    [0.28, 0.3],
    [0.38, 0.13],
    [0.58, 0.08],
    [0.72, 0.2],
    [0.72, 0.36],
    [0.64, 0.92],
  ],
];

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
