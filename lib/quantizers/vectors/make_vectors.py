"""Makes the test vectors in this folder. Needs Python 3.10 or later and NumPy 2.

    python make_vectors.py FOLDER

Integers are Python's, which are exact; real numbers are NumPy's float32, one IEEE 754 operation after
another. Nothing is taken from the implementations that the vectors are to test.
"""

import json
import random
import sys
from pathlib import Path

import numpy as np

f32 = np.float32
draw = random.Random(20).randint

RANGES = {
    "uint8": (0, 255),
    "int8": (-128, 127),
    "uint4": (0, 15),
    "int4": (-8, 7),
    "uint16": (0, 65535),
    "int16": (-32768, 32767),
}


def tensor(type, dims, data):
    return {"type": type, "dims": dims, "data": [float(x) if type == "float32" else int(x) for x in data]}


def scalar(type, value):
    return tensor(type, [], [value])


def clamp(q, type):
    low, high = RANGES[type]
    return min(max(q, low), high)


def rint(x):
    """Half to even, of a float32 number."""
    return int(np.rint(f32(x)))


def quantize(x, scale, zero_point, type):
    return clamp(rint(f32(x) / f32(scale)) + zero_point, type)


def rows(values, columns):
    return [values[i : i + columns] for i in range(0, len(values), columns)]


def product(a, b, a_zero, b_zeros):
    """The product of two lists of rows, less their zero points; B may have one for each column."""
    return [
        [sum((x - a_zero) * (row[n] - b_zeros[n]) for x, row in zip(line, b)) for n in range(len(b[0]))]
        for line in a
    ]


def requantize(c, a_scale, b_scale, y_scale, y_zero, type):
    multiplier = f32(f32(f32(a_scale) * f32(b_scale)) / f32(y_scale))
    return clamp(rint(f32(c) * multiplier) + y_zero, type)


# QuantizeLinear


def quantize_case(name, type, scale, zero_point, x):
    y = [quantize(value, scale, zero_point, type) for value in x]
    return {
        "name": name,
        "inputs": {
            "x": tensor("float32", [len(x)], map(f32, x)),
            "y_scale": scalar("float32", f32(scale)),
            "y_zero_point": scalar(type, zero_point),
        },
        "outputs": {"y": tensor(type, [len(x)], y)},
    }


def quotient_samples():
    """Numbers whose float32 quotient by 0.1 rounds otherwise than float64 division or a product with 1/0.1 does."""
    scale = f32(0.1)
    inverse = f32(1) / scale
    found = []
    for k in range(-128, 128):
        x = f32((k + 0.5) * 0.1)
        for value in (np.nextafter(x, f32(-np.inf)), x, np.nextafter(x, f32(np.inf))):
            ours = rint(value / scale)
            if ours != rint(value * inverse) or ours != round(float(value) / float(scale)):
                found.append(value)
    return found


def quantize_linear():
    ties = [k + 0.5 for k in range(-6, 6)]
    cases = [
        quantize_case(f"ties, {type}, scale {scale}, zero point {zero_point}", type, scale, zero_point, [t * scale for t in ties])
        for scale in (0.25, 1, 3)
        for type, zero_points in {
            "uint8": (127, 128, 1),
            "int8": (-1, 0, 3),
            "uint4": (7, 8),
            "int4": (-1, 0),
            "uint16": (32767, 32768),
            "int16": (-1, 0),
        }.items()
        for zero_point in zero_points
    ]
    cases.append(quantize_case("quotients near ties, in float32", "int8", 0.1, 0, quotient_samples()))
    cases.append(quantize_case("all zero", "uint8", 1, 0, [0, 0, 0, -0.0]))
    beyond = [254.4, 254.5, 255.5, 1e9, 3e38, -0.5, -0.6, -1e9, -3e38]
    cases.append(quantize_case("beyond the integers", "uint8", 1, 0, beyond))
    return cases


# DynamicQuantizeLinear


def dynamic_case(name, x, dims=None):
    x = [f32(value) for value in x]
    low, high = min([f32(0), *x]), max([f32(0), *x])
    scale = f32(f32(high - low) / f32(255))
    zero_point = rint(min(max(f32(0) - low, f32(0)) / scale, f32(255)))
    return {
        "name": name,
        "inputs": {"x": tensor("float32", dims or [len(x)], x)},
        "outputs": {
            "y": tensor("uint8", dims or [len(x)], [quantize(value, scale, zero_point, "uint8") for value in x]),
            "y_scale": scalar("float32", scale),
            "y_zero_point": scalar("uint8", zero_point),
        },
    }


def dynamic_quantize_linear():
    ties = [-127.5, 127.5, 0, 0.5, 1.5, 2.5, -0.5, -1.5]
    return [
        {
            "name": "all zero",
            "note": "The definition divides by 0. Any positive scale represents the zeros, if y is the zero point: "
            "ONNX Runtime gives scale 1, ONNX's reference 1/255, both zero point 0.",
            "inputs": {"x": tensor("float32", [2, 3], [0] * 6)},
            "outputs": {"y": tensor("uint8", [2, 3], [0] * 6), "y_zero_point": scalar("uint8", 0)},
        },
        dynamic_case("scale 1, zero point half-way between 127 and 128", ties),
        dynamic_case("scale 1, zero point 1, ties", [-1, 254, 0.5, 1.5, 2.5, 3.5, -0.5]),
        dynamic_case("one number", [3.25]),
        dynamic_case("one negative number", [-3.25]),
        dynamic_case("an outlier", [1e30, 1, -1, 0]),
        dynamic_case("a matrix: one mapping for all rows", [draw(-900, 900) / 64 for _ in range(24)], [4, 6]),
    ]


# MatMulInteger


def matmul_case(name, a_type, b_type, a, b, a_zero, b_zeros, dims):
    m, k, n = dims
    y = product(rows(a, k), rows(b, n), a_zero, [*b_zeros] if len(b_zeros) > 1 else [*b_zeros] * n)
    return {
        "name": name,
        "inputs": {
            "A": tensor(a_type, [m, k], a),
            "B": tensor(b_type, [k, n], b),
            "a_zero_point": scalar(a_type, a_zero),
            "b_zero_point": tensor(b_type, [n] if len(b_zeros) > 1 else [], b_zeros),
        },
        "outputs": {"Y": tensor("int32", [m, n], [c for line in y for c in line])},
    }


def extremes(a_type, b_type, k):
    """All products as great as they can be, and as small."""
    (a_low, a_high), (b_low, b_high) = RANGES[a_type], RANGES[b_type]
    a = [a_high] * k + [a_low] * k
    b = [value for _ in range(k) for value in (b_high, b_low)]
    return a, b, (2, k, 2)


def matmul_integer():
    pairs = [("uint8", "uint8"), ("uint8", "int8"), ("int8", "uint8"), ("int8", "int8")]
    cases = []
    for a_type, b_type in pairs:
        for k, reason in (
            (2, "one pair of products beyond int16"),
            (3, "an odd number of products"),
            (300, "a sum beyond 2^24, where float32 has gaps"),
        ):
            a, b, dims = extremes(a_type, b_type, k)
            cases.append(matmul_case(f"{a_type} · {b_type}, K = {k}: {reason}", a_type, b_type, a, b, 0, [0], dims))
        (a_low, a_high), (b_low, b_high) = RANGES[a_type], RANGES[b_type]
        m, k, n = 3, 37, 5
        a = [draw(a_low, a_high) for _ in range(m * k)]
        b = [draw(b_low, b_high) for _ in range(k * n)]
        odd = (a_low + 77, [b_high - 2])
        cases.append(matmul_case(f"{a_type} · {b_type}, zero points", a_type, b_type, a, b, *odd, (m, k, n)))
        columns = (a_high, [b_low, b_high, b_low + 1, b_low + 128, b_low + 99])
        name = f"{a_type} · {b_type}, a zero point for each column of B"
        cases.append(matmul_case(name, a_type, b_type, a, b, *columns, (m, k, n)))
    return cases


# QLinearMatMul


def qlinear_case(name, a_type, b_type, a, b, dims, a_map, b_map, y_map, note=None):
    m, k, n = dims
    (a_scale, a_zero), (b_scales, b_zeros), (y_scale, y_zero) = a_map, b_map, y_map
    per_column = len(b_scales) > 1
    scales, zeros = (b_scales, b_zeros) if per_column else (b_scales * n, b_zeros * n)
    c = product(rows(a, k), rows(b, n), a_zero, zeros)
    y = [requantize(line[j], a_scale, scales[j], y_scale, y_zero, a_type) for line in c for j in range(n)]
    case = {
        "name": name,
        "inputs": {
            "a": tensor(a_type, [m, k], a),
            "a_scale": scalar("float32", f32(a_scale)),
            "a_zero_point": scalar(a_type, a_zero),
            "b": tensor(b_type, [k, n], b),
            "b_scale": tensor("float32", [n] if per_column else [], map(f32, b_scales)),
            "b_zero_point": tensor(b_type, [n] if per_column else [], b_zeros),
            "y_scale": scalar("float32", f32(y_scale)),
            "y_zero_point": scalar(a_type, y_zero),
        },
        "outputs": {"y": tensor(a_type, [m, n], y)},
    }
    return {"name": case.pop("name"), "note": note, **case} if note else case


def qlinear_matmul():
    cases = []
    for a_type, b_type, y_zeros in (("uint8", "uint8", (101, 100)), ("uint8", "int8", (101,)), ("int8", "int8", (3, -4))):
        for y_zero in y_zeros:
            # The accumulators are the odd numbers from -15 to 15, half of which is a tie.
            a = [RANGES[a_type][0] + 10 + i for i in range(16)]
            b = [RANGES[b_type][0] + 2]
            a_map, b_map = (0.5, RANGES[a_type][0] + 10), ([1], [RANGES[b_type][0] + 1])
            name = f"ties, {a_type} · {b_type}, zero point {y_zero}"
            note = (
                "Rounded before the zero point is added, as QuantizeLinear defines it and ONNX Runtime does; "
                "ONNX's reference adds first, and differs where the zero point is odd."
            )
            cases.append(qlinear_case(name, a_type, b_type, a, b, (16, 1, 1), a_map, b_map, (1, y_zero), note))
        m, k, n = 4, 24, 5
        a = [draw(*RANGES[a_type]) for _ in range(m * k)]
        # Within 64 of 0 where B is signed, so that no kernel saturates.
        low, high = RANGES[b_type] if b_type == "uint8" else (-64, 64)
        b = [draw(low, high) for _ in range(k * n)]
        scales = [0.011, 0.0007, 0.02, 0.0031, 0.0142]
        zeros = [draw(low, high) for _ in range(n)] if b_type == "uint8" else [0] * n
        a_map = (0.017, RANGES[a_type][0] + 91)
        for y_scale, what in ((0.25, "within the integers"), (0.004, "mostly beyond the integers")):
            name = f"a scale for each column of b, {a_type} · {b_type}, {what}"
            y_map = (y_scale, RANGES[a_type][0] + 77)
            cases.append(qlinear_case(name, a_type, b_type, a, b, (m, k, n), a_map, (scales, zeros), y_map))
    return cases


# A fully connected layer in integers


def layer_case(name, x, w, bias, dims, x_map, w_scales, y_map, w_type="int8"):
    m, k, n = dims
    (x_scale, x_zero), (y_scale, y_zero) = x_map, y_map
    scales = w_scales if len(w_scales) > 1 else w_scales * n
    plain = product(rows(x, k), rows(w, n), 0, [0] * n)
    shifted = [bias[j] - x_zero * sum(row[j] for row in rows(w, n)) for j in range(n)]
    accumulators = [line[j] + shifted[j] for line in plain for j in range(n)]
    exact = product(rows(x, k), rows(w, n), x_zero, [0] * n)
    assert accumulators == [line[j] + bias[j] for line in exact for j in range(n)]
    y = [requantize(c, x_scale, scales[i % n], y_scale, y_zero, "uint8") for i, c in enumerate(accumulators)]
    return {
        "name": name,
        "inputs": {
            "x": tensor("uint8", [m, k], x),
            "x_scale": scalar("float32", f32(x_scale)),
            "x_zero_point": scalar("uint8", x_zero),
            "w": tensor(w_type, [k, n], w),
            "w_scale": tensor("float32", [n] if len(w_scales) > 1 else [], map(f32, w_scales)),
            "bias": tensor("int32", [n], bias),
            "y_scale": scalar("float32", f32(y_scale)),
            "y_zero_point": scalar("uint8", y_zero),
        },
        "intermediates": {
            "shifted_bias": tensor("int32", [n], shifted),
            "accumulators": tensor("int32", [m, n], accumulators),
        },
        "outputs": {"y": tensor("uint8", [m, n], y)},
    }


def fully_connected():
    m, k, n = 3, 20, 4
    x = [draw(0, 255) for _ in range(m * k)]
    w = [draw(-64, 64) for _ in range(k * n)]
    bias = [1234, -20000, 0, 77]
    scales = [0.002, 0.0113, 0.0004, 0.05]
    return [
        layer_case("one scale", x, w, bias, (m, k, n), (0.02, 118), [0.004], (0.1, 113)),
        layer_case("a scale for each output", x, w, bias, (m, k, n), (0.02, 118), scales, (0.1, 113)),
        layer_case("zero point 0 on both sides, as after a ReLU", x, w, bias, (m, k, n), (0.02, 0), scales, (0.3, 0)),
        layer_case("input at its zero point: the bias alone", [9] * k, w, bias, (1, k, n), (0.02, 9), scales, (0.1, 128)),
        layer_case("a bias near the ends of int32", x, w, [2**31 - 2**22, -(2**31) + 2**22, 0, 0], (m, k, n), (0.02, 118), [1e-7], (0.05, 113)),
        layer_case("weights all zero", x, [0] * (k * n), bias, (m, k, n), (0.02, 118), [0.004], (0.1, 113)),
    ]


FILES = {
    "quantize-linear": (
        "QuantizeLinear",
        "y = clamp(round(x / y_scale) + y_zero_point): the quotient in float32, half to even, rounded before the zero point is added",
        "ONNX operator QuantizeLinear, version 13 (4-bit types: 21)",
        quantize_linear,
    ),
    "dynamic-quantize-linear": (
        "DynamicQuantizeLinear",
        "y_scale = (max(0, x) - min(0, x)) / 255; y_zero_point = round(clamp(-min(0, x) / y_scale)); y = QuantizeLinear(x); in float32, half to even",
        "ONNX operator DynamicQuantizeLinear, version 11",
        dynamic_quantize_linear,
    ),
    "matmul-integer": (
        "MatMulInteger",
        "Y = (A - a_zero_point) (B - b_zero_point), exactly, in int32",
        "ONNX operator MatMulInteger, version 10",
        matmul_integer,
    ),
    "qlinear-matmul": (
        "QLinearMatMul",
        "y = clamp(round(C * ((a_scale * b_scale) / y_scale)) + y_zero_point), C = (a - a_zero_point) (b - b_zero_point) in int32; the rest in float32, half to even",
        "ONNX operator QLinearMatMul, version 10 (4-bit types: none)",
        qlinear_matmul,
    ),
    "fully-connected": (
        "integer-only fully connected layer",
        "shifted_bias = bias - x_zero_point * sum of w over its rows; accumulators = x w + shifted_bias, in int32, which is (x - x_zero_point) w + bias; y = clamp(round(accumulators * ((x_scale * w_scale) / y_scale)) + y_zero_point), in float32, half to even",
        "Jacob et al., Quantization and Training of Neural Networks for Efficient Integer-Arithmetic-Only Inference (2018), sections 2.2 to 2.4, with a float32 multiplier; QGemm of ONNX Runtime computes it",
        fully_connected,
    ),
}


def text(name, operator, definition, source, cases):
    """JSON with a line for each case, so that changes can be seen."""
    head = json.dumps({"schema": 1, "name": name, "operator": operator, "definition": definition, "source": source}, indent=1)
    lines = ",\n".join("  " + json.dumps(case, ensure_ascii=False) for case in cases)
    return f'{head[:-2]},\n "cases": [\n{lines}\n ]\n}}\n'


if __name__ == "__main__":
    for name, (operator, definition, source, make) in FILES.items():
        path = Path(sys.argv[1]) / f"{name}.json"
        path.write_text(text(name, operator, definition, source, make()), encoding="utf-8", newline="\n")
