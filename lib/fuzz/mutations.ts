import fc from 'fast-check';

/** Bytes that mean something in the formats read here: ends of ranges, line ends, tab, byte order mark. */
const tellingBytes = [0, 1, 2, 9, 10, 13, 0x7f, 0x80, 0xef, 0xff] as const;
/** Sizes that overflow, or that no file can have. */
const tellingSizes = [0, 1, 2 ** 16, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1] as const;

/** One change of a file. Places are taken modulo the file's length. */
type Mutation =
  | { readonly kind: 'flip'; readonly at: number; readonly bit: number }
  | { readonly kind: 'byte'; readonly at: number; readonly value: number }
  | { readonly kind: 'size'; readonly at: number; readonly value: number; readonly little: boolean }
  | { readonly kind: 'insert'; readonly at: number; readonly bytes: Uint8Array }
  | { readonly kind: 'remove'; readonly at: number; readonly count: number }
  | { readonly kind: 'repeat'; readonly at: number; readonly count: number }
  | { readonly kind: 'cut'; readonly at: number };

const at = fc.nat(2 ** 20);
const count = fc.integer({ min: 1, max: 64 });
const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  fc.record({ kind: fc.constant('flip'), at, bit: fc.nat(7) } as const),
  fc.record({ kind: fc.constant('byte'), at, value: fc.constantFrom(...tellingBytes) } as const),
  fc.record({
    kind: fc.constant('size'),
    at,
    value: fc.constantFrom(...tellingSizes),
    little: fc.boolean(),
  } as const),
  fc.record({ kind: fc.constant('insert'), at, bytes: fc.uint8Array({ maxLength: 16 }) } as const),
  fc.record({ kind: fc.constant('remove'), at, count } as const),
  fc.record({ kind: fc.constant('repeat'), at, count } as const),
  fc.record({ kind: fc.constant('cut'), at } as const),
);

/** A file of the given ones, changed in one to five places. */
export function mutated(files: readonly Uint8Array[]): fc.Arbitrary<Uint8Array> {
  const changes = fc.array(mutation, { minLength: 1, maxLength: 5 });
  return fc
    .tuple(fc.nat(files.length - 1), changes)
    .map(([file, mutations]) => mutations.reduce(apply, files[file]));
}

function apply(bytes: Uint8Array, mutation: Mutation): Uint8Array {
  const start = mutation.at % (bytes.length + 1);
  const changed = new Uint8Array(bytes); // a copy, also of a Buffer
  switch (mutation.kind) {
    case 'flip':
      changed[start] ^= 1 << mutation.bit;
      return changed;
    case 'byte':
      changed[start] = mutation.value;
      return changed;
    case 'size':
      if (start + 4 > bytes.length) return changed;
      new DataView(changed.buffer).setUint32(start, mutation.value, mutation.little);
      return changed;
    case 'insert':
      return joined(bytes.subarray(0, start), mutation.bytes, bytes.subarray(start));
    case 'remove':
      return joined(bytes.subarray(0, start), bytes.subarray(start + mutation.count));
    case 'repeat':
      return joined(bytes.subarray(0, start + mutation.count), bytes.subarray(start));
    case 'cut':
      return bytes.subarray(0, start);
  }
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let end = 0;
  for (const part of parts) {
    bytes.set(part, end);
    end += part.length;
  }
  return bytes;
}
