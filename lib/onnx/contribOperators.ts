import type { Node } from '#lib/onnx/graph';
import { decodeModel, encodeModel } from '#lib/onnx/model';

/** Domain of the operators that ONNX Runtime has beside those of ONNX (its "contrib operators"). */
const contribDomain = 'com.microsoft';

/** The node, its operator taken from ONNX Runtime's own instead of the default operator set. */
export function contribNode(node: Node): Node {
  return { ...node, domain: contribDomain };
}

/** The model with ONNX Runtime's own operators among the sets that it says it uses. */
export function importContribOperators(model: Uint8Array): Uint8Array {
  const decoded = decodeModel(model);
  const others = (decoded.opsetImport ?? []).filter(({ domain }) => domain !== contribDomain);
  const opsetImport = [...others, { domain: contribDomain, version: 1 }];
  return encodeModel({ ...decoded, opsetImport });
}
