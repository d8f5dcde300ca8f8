import { onnx } from 'onnx-proto';
import { packNibbles, unpackNibbles } from '#lib/onnx/nibbles';

const { FLOAT, FLOAT16, INT8, UINT8, INT16, UINT16, INT32 } = onnx.TensorProto.DataType;

/** Element types read and written here: the code in ONNX, and the array that holds the elements. */
const elementTypes = {
  float32: { code: FLOAT, array: Float32Array },
  /** As bits: JavaScript has no half-precision array before Node 24. */
  float16: { code: FLOAT16, array: Uint16Array },
  int8: { code: INT8, array: Int8Array },
  uint8: { code: UINT8, array: Uint8Array },
  int16: { code: INT16, array: Int16Array },
  uint16: { code: UINT16, array: Uint16Array },
  int32: { code: INT32, array: Int32Array },
  /** One integer an element here, two a byte in the file. (onnx-proto doesn't name these codes yet.) */
  uint4: { code: 21, array: Uint8Array },
  int4: { code: 22, array: Int8Array },
};

export type ElementType = keyof typeof elementTypes;

/** The array that holds the elements of each type. */
interface Elements {
  readonly float32: Float32Array;
  readonly float16: Uint16Array;
  readonly int8: Int8Array;
  readonly uint8: Uint8Array;
  readonly int16: Int16Array;
  readonly uint16: Uint16Array;
  readonly int32: Int32Array;
  readonly uint4: Uint8Array;
  readonly int4: Int8Array;
}

/** A tensor of one element type: `data` is row-major and holds the product of `dims` elements. */
export interface TensorOf<T extends ElementType> {
  readonly dtype: T;
  /** Empty for a scalar. */
  readonly dims: readonly number[];
  readonly data: Elements[T];
}

export type Tensor = { [T in ElementType]: TensorOf<T> }[ElementType];

/** A constant tensor as ONNX stores it. */
export interface Initializer extends onnx.ITensorProto {
  readonly name: string;
}

/** ONNX's number for an element type (`TensorProto.DataType`). */
export function elementTypeCode(dtype: ElementType): number {
  return elementTypes[dtype].code;
}

/** Number of elements of a tensor with these dimensions; 1 for a scalar. */
export function elementCount(dims: readonly number[]): number {
  return dims.reduce((product, dim) => product * dim, 1);
}

/**
 * A named tensor as ONNX stores it, in `raw_data` (little-endian, as are all platforms of Node that
 * ONNX Runtime supports).
 *
 * @throws RangeError if `data` doesn't hold the product of `dims` elements
 */
export function tensorProto(name: string, { dtype, dims, data }: Tensor): Initializer {
  if (data.length !== elementCount(dims)) {
    throw new RangeError(
      `tensor ${name} has ${data.length} elements, its shape [${dims.join(', ')}] ${elementCount(dims)}`,
    );
  }
  return {
    name,
    dataType: elementTypes[dtype].code,
    dims: [...dims],
    rawData: isPacked(dtype)
      ? packNibbles(data)
      : new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
  };
}

function isPacked(dtype: ElementType): dtype is 'int4' | 'uint4' {
  return dtype === 'int4' || dtype === 'uint4';
}

/**
 * Copies a stored tensor into a typed array, from `raw_data` or from the typed fields that other
 * writers use.
 *
 * @throws Error if its element type is none of {@link ElementType}, its data is kept in another
 *   file, or there are more or fewer elements than its shape says
 */
export function readTensor(proto: onnx.ITensorProto): Tensor {
  const name = proto.name ?? '';
  const found = Object.entries(elementTypes).find(([, { code }]) => code === proto.dataType);
  if (found === undefined) {
    const type = onnx.TensorProto.DataType[proto.dataType ?? 0];
    throw new Error(
      `Tensor ${JSON.stringify(name)} holds ${type} elements, which are not read here.`,
    );
  }
  if (proto.dataLocation === onnx.TensorProto.DataLocation.EXTERNAL) {
    throw new Error(
      `Tensor ${JSON.stringify(name)} is kept in another file. Save the model in a single file, ` +
        'as `onnx.save(model, path)` does in Python.',
    );
  }
  const dtype = found[0] as ElementType;
  const dims = (proto.dims ?? []).map(Number);
  const data = isPacked(dtype)
    ? packedElements(proto, dtype, elementCount(dims))
    : elements(proto, dtype);
  if (data.length !== elementCount(dims)) {
    throw new Error(
      `Tensor ${JSON.stringify(name)} holds ${data.length} elements, but its shape ` +
        `[${dims.join(', ')}] says ${elementCount(dims)}: the model is damaged.`,
    );
  }
  return { dtype, dims, data } as Tensor;
}

function elements(proto: onnx.ITensorProto, dtype: ElementType): Tensor['data'] {
  const { array: TypedArray } = elementTypes[dtype];
  const raw = proto.rawData ?? new Uint8Array(0);
  if (raw.length % TypedArray.BYTES_PER_ELEMENT !== 0) {
    throw new Error(
      `Tensor ${JSON.stringify(proto.name ?? '')} ends within an element: the model is damaged.`,
    );
  }
  if (raw.length > 0) return new TypedArray(new Uint8Array(raw).buffer); // a copy: it may be unaligned
  return TypedArray.from((dtype === 'float32' ? proto.floatData : proto.int32Data) ?? []);
}

/** Elements of 4 bits; the unused half of the last byte is left out. */
function packedElements(
  { rawData, int32Data }: onnx.ITensorProto,
  dtype: 'int4' | 'uint4',
  count: number,
): Int8Array | Uint8Array {
  const bytes = rawData?.length ? rawData : (int32Data ?? []);
  const unsigned = unpackNibbles(bytes, 2 * bytes.length - (count % 2));
  return dtype === 'uint4' ? unsigned : Int8Array.from(unsigned, (value) => (value << 28) >> 28);
}
