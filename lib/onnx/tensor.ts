import { onnx } from 'onnx-proto';

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
    rawData: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
  };
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
    throw new Error(`Tensor "${name}" holds ${type} elements, which are not read here.`);
  }
  if (proto.dataLocation === onnx.TensorProto.DataLocation.EXTERNAL) {
    throw new Error(
      `Tensor "${name}" is kept in another file. Save the model in a single file, ` +
        'as `onnx.save(model, path)` does in Python.',
    );
  }
  const [dtype, { array: TypedArray }] = found;
  const dims = (proto.dims ?? []).map(Number);
  const raw = proto.rawData ?? new Uint8Array(0);
  if (raw.length % TypedArray.BYTES_PER_ELEMENT !== 0) {
    throw new Error(`Tensor "${name}" ends within an element: the model is damaged.`);
  }
  const data =
    raw.length > 0
      ? new TypedArray(new Uint8Array(raw).buffer) // a copy: within the file it may be unaligned
      : TypedArray.from((dtype === 'float32' ? proto.floatData : proto.int32Data) ?? []);
  if (data.length !== elementCount(dims)) {
    throw new Error(
      `Tensor "${name}" holds ${data.length} elements, but its shape ` +
        `[${dims.join(', ')}] says ${elementCount(dims)}: the model is damaged.`,
    );
  }
  return { dtype, dims, data } as Tensor;
}
