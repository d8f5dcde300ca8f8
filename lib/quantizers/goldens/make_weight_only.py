"""Records what ONNX Runtime's MatMulNBits quantizer makes of small matrices, for weightOnly.test.ts.

Run with Python 3.11 on x86 and onnxruntime==1.32.0 onnx==1.23.2 onnx-ir==1.1.0 numpy==2.4.6 ml_dtypes==0.6.0:

    python make_weight_only.py > weightOnly.json
"""

import json
import logging

import numpy as np
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization.matmul_nbits_quantizer import DefaultWeightOnlyQuantConfig, MatMulNBitsQuantizer

logging.disable(logging.INFO)
random = np.random.default_rng(2024)


def cases():
    yield "two blocks", random.normal(0, 1, (32, 3)), 16
    yield "a last block of 8", random.normal(0, 1e-3, (40, 2)), 16
    yield "an odd number of inputs", random.normal(0, 1, (35, 2)), 16
    yield "a single short block", random.normal(0, 1, (6, 2)), 16
    yield "blocks of 64", random.normal(0, 0.05, (192, 2)), 64
    yield "all positive", random.uniform(1, 2, (16, 2)), 16
    yield "all negative", random.uniform(-2, -1, (16, 2)), 16
    yield "all zero", np.zeros((16, 1)), 16
    yield "extremes of equal magnitude", np.linspace(-1, 1, 32).reshape(32, 1), 32
    yield "halfway between integers", np.concatenate([[-8, 7], np.arange(-7.5, 6.5)]).reshape(16, 1), 16
    yield "halfway between integers, affine", np.concatenate([[0, 15], np.arange(0.5, 14.5)]).reshape(16, 1), 16


def quantized(weight, block_size, bits, symmetric):
    inputs, outputs = weight.shape
    graph = helper.make_graph(
        [helper.make_node("MatMul", ["x", "w"], ["y"], "layer")],
        "net",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["batch", inputs])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["batch", outputs])],
        [numpy_helper.from_array(weight, "w")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10)
    config = DefaultWeightOnlyQuantConfig(block_size=block_size, is_symmetric=symmetric, bits=bits)
    quantizer = MatMulNBitsQuantizer(model, algo_config=config)
    quantizer.process()
    made = {c.name: numpy_helper.to_array(c) for c in quantizer.model.model.graph.initializer}
    values = made[f"w_Q{bits}"].copy()
    if bits == 4 and inputs % 2 == 1:
        # In the upper half of its byte, the last weight has a neighbour that the quantizer used before.
        values.reshape(outputs, -1)[:, inputs // 2] &= 15
    return {
        "bits": bits,
        "scheme": "symmetric" if symmetric else "affine",
        "values": values.ravel().tolist(),
        "scales": made["w_scales"].ravel().tolist(),
        "zeroPoints": [] if symmetric else made["w_zero_points"].ravel().tolist(),
    }


def record(name, weight, block_size):
    weight = np.asarray(weight, dtype=np.float32)
    return {
        "name": name,
        "dims": weight.shape,
        "weight": weight.ravel().tolist(),
        "blockSize": block_size,
        "made": [quantized(weight, block_size, bits, symmetric) for bits in (4, 8) for symmetric in (True, False)],
    }


if __name__ == "__main__":
    print(json.dumps([record(*case) for case in cases()], separators=(",", ":")).replace('{"name"', '\n{"name"'))
