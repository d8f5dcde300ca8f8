"""Records what ONNX Runtime's own quantizers make of small networks, for goldens.test.ts.

Run with Python 3.11 and onnxruntime==1.32.0 onnx==1.23.2 numpy==2.4.6 ml_dtypes==0.6.0:

    python make_goldens.py > goldens.json

Numbers are written so that reading them as float64 and rounding to float32 gives the same bits.
"""

import json
import logging
import tempfile
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import (
    CalibrationDataReader,
    QuantType,
    create_calibrator,
    quantize_dynamic,
    quantize_static,
)

logging.disable(logging.WARNING)
random = np.random.default_rng(2024)


def f32(values):
    return np.asarray(values, dtype=np.float32)


def layers_of(widths, spread=1.0):
    return [
        {
            "weight": f32(random.normal(0, spread / np.sqrt(n), (n, m))),
            "bias": f32(random.normal(0, 0.1, m)),
        }
        for n, m in zip(widths, widths[1:])
    ]


def rows(count, width, low=-1.0, high=1.0):
    return f32(random.uniform(low, high, (count, width)))


def cases():
    yield "ordinary, three layers", layers_of([7, 6, 5, 3]), [rows(4, 7), rows(4, 7, -2, 0.5)]
    yield "one layer", layers_of([9, 4]), [rows(8, 9, 0, 1)]
    for i in range(4):
        widths = [int(w) for w in random.integers(2, 9, 3)]
        batch = rows(5, widths[0], *(10.0 ** random.uniform(-3, 3, 2) * [-1, 1]))
        yield f"random {i}", layers_of(widths, 10.0 ** random.uniform(-4, 4)), [batch]

    zero = layers_of([4, 3, 2])
    zero[0]["weight"][:] = 0
    zero[0]["bias"][:] = -1  # the ReLU after it gives only zeros
    yield "weights and activations all zero", zero, [rows(3, 4)]
    yield "input all zero", layers_of([4, 3, 2]), [rows(3, 4, 0, 0)]
    yield "input all negative", layers_of([4, 3, 2]), [rows(3, 4, -9, -5)]

    column = layers_of([4, 3, 2])
    column[0]["weight"][:, 1] = 0
    yield "one output's weights all zero", column, [rows(3, 4)]

    tiny = layers_of([4, 3])
    tiny[0]["weight"][:] *= f32(1e-42)
    tiny[0]["bias"][:] = 0
    yield "subnormal weights", tiny, [rows(3, 4)]

    huge = layers_of([3, 2])
    huge[0]["weight"][:] = [[3e38, 1e30], [-3.4e38, 2e38], [0, -1e-38]]
    yield "weights near the greatest float32", huge, [rows(3, 3, 0, 0.1)]
    yield "input range beyond float32", layers_of([3, 2], 1e-3), [
        f32([[3e38, -3e38, 0], [1e38, 0, -1]])
    ]

    ties = layers_of([6, 2])
    ties[0]["weight"] = f32(np.array([[127, 64], [0.5, 1.5], [2.5, -0.5], [-1.5, -2.5], [63.5, 31.5], [-126.5, -32.5]]))
    yield "weights halfway between integers", ties, [rows(3, 6)]

    bias = layers_of([5, 3, 2])
    bias[0]["weight"] *= f32(1e-12)
    bias[0]["bias"] = f32([1.5, -40, 0])
    yield "bias beyond int32 beside its weights", bias, [rows(3, 5)]


def float_model(layers, transposed):
    nodes, constants = [], []
    x = "input"
    for i, layer in enumerate(layers, 1):
        weight = layer["weight"].T if transposed else layer["weight"]
        constants += [
            numpy_helper.from_array(np.ascontiguousarray(weight), f"layer{i}.weight"),
            numpy_helper.from_array(layer["bias"], f"layer{i}.bias"),
        ]
        last = i == len(layers)
        y = "logits" if last else f"layer{i}"
        nodes.append(
            helper.make_node(
                "Gemm", [x, f"layer{i}.weight", f"layer{i}.bias"], [y], transB=int(transposed)
            )
        )
        if not last:
            nodes.append(helper.make_node("Relu", [y], [f"layer{i}.relu"]))
        x = f"layer{i}.relu"
    graph = helper.make_graph(
        nodes,
        "net",
        [helper.make_tensor_value_info("input", TensorProto.FLOAT, ["batch", layers[0]["weight"].shape[0]])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", layers[-1]["weight"].shape[1]])],
        constants,
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=7)


class Batches(CalibrationDataReader):
    def __init__(self, batches):
        self.batches = iter([{"input": batch} for batch in batches])

    def get_next(self):
        return next(self.batches, None)


def ranges_of(path, batches):
    """What quantize_static's own calibration finds."""
    calibrator = create_calibrator(path, augmented_model_path=f"{path}.augmented")
    calibrator.collect_data(Batches(batches))
    return {
        name: [float(np.squeeze(bound)) for bound in found.range_value]
        for name, found in calibrator.compute_data().items()
        if name == "input" or name.endswith(".relu")
    }


def constants_of(path, names):
    """Constants of a quantized model whose names end in one of these."""
    return {
        c.name: {"dims": list(c.dims), "values": numpy_helper.to_array(c).ravel().tolist()}
        for c in onnx.load(path).graph.initializer
        if c.name.endswith(names)
    }


def quantized(layers, batches, per_channel, reduce_range, transposed):
    options = {"per_channel": per_channel, "reduce_range": reduce_range, "weight_type": QuantType.QInt8}
    with tempfile.TemporaryDirectory() as directory:
        source, dynamic, static = (Path(directory) / name for name in ("float", "dynamic", "static"))
        onnx.save(float_model(layers, transposed), source)
        quantize_dynamic(source, dynamic, **options)
        quantize_static(source, static, Batches(batches), activation_type=QuantType.QUInt8, **options)
        names = ("_quantized", "_scale", "_zero_point")
        return {
            "ranges": ranges_of(source, batches),
            "dynamic": constants_of(dynamic, names),
            "static": constants_of(static, names),
        }


def record(name, layers, batches):
    variants = []
    # Per channel, NumPy computes the bound for such biases in float32, per tensor in float64.
    for per_channel in (False,) if name.startswith("bias beyond int32") else (False, True):
        for reduce_range in (False, True):
            transposed = per_channel != reduce_range
            made = quantized(layers, batches, per_channel, reduce_range, transposed)
            variants.append(
                {"perChannel": per_channel, "reduceRange": reduce_range, "transposed": transposed, **made}
            )
    return {
        "name": name,
        "layers": [{key: value.tolist() for key, value in layer.items()} for layer in layers],
        "batches": [batch.tolist() for batch in batches],
        "variants": variants,
    }


if __name__ == "__main__":
    print(json.dumps([record(*case) for case in cases()], separators=(",", ":")).replace('{"name"', '\n{"name"'))
