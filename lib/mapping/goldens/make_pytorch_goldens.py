"""Records what PyTorch's observers and quantizing operators give, for the tests of mappings and observers.

Runs in the environment that `npm run bench` makes of bench/peers/pytorch.txt, and in nothing else. From the
top folder:

    npm run bench -- --quick
    .cache/peers/pytorch/bin/python lib/mapping/goldens/make_pytorch_goldens.py

It writes pytorch.json beside itself. Numbers have as many digits as tell float32 numbers apart.
"""

import json
import warnings
from pathlib import Path

import numpy as np
import torch
from torch.ao.quantization.observer import (
    HistogramObserver,
    MinMaxObserver,
    MovingAverageMinMaxObserver,
    PerChannelMinMaxObserver,
)

warnings.filterwarnings("ignore")  # reduce_range is said to be removed some day
torch.set_num_threads(1)  # sums in one order
torch.backends.quantized.engine = "fbgemm"

random = np.random.default_rng(7)
TINY, HUGE = 1.4e-45, 3.4028234663852886e38


def short(x):
    return float(str(np.float32(x)))


def shorts(tensor):
    return [short(x) for x in tensor.flatten().tolist()]


def float32(values):
    """The numbers that the JSON holds, as a tensor."""
    return torch.tensor([short(x) for x in np.ravel(values)], dtype=torch.float32)


RANGES = [
    (-1, 2), (-3, 3), (2, 5), (-9, -5), (0, 1), (-1, 0), (0, 0), (0.1, 0.1), (-1e-3, 2e-3), (0, 1e-3), (-1e-3, 0),
    (-0.5, 127), (-127.5, 127.5), (-1.5, 253.5), (-2.5, 252.5), (-128, 127), (-127, 128), (-1e-30, 2e-30), (-TINY, TINY),
    (0, 1e-38), (0, 5e-37), (-1e30, 3e38), (0, HUGE), (-1.5e38, 1.5e38), (-6.1e-5, 0.0153), (-0.00777, 0.00777),
] + [tuple(sorted(random.normal(0, 10.0 ** random.uniform(-6, 6), 2))) for _ in range(24)]

# qint8 and quint8, all bits or one less, and the narrow range
INTEGERS = [(-128, 127), (-64, 63), (-127, 127), (0, 255), (0, 127)]


def settings(integers, symmetric, per):
    """Arguments of an observer: reduce_range for one bit less, where it has that, else the bounds themselves."""
    full = {(-128, 127), (0, 255)}
    reduced = integers == (-64, 63) or (integers == (0, 127) and not symmetric)
    own = {"reduce_range": True} if reduced else {"quant_min": integers[0], "quant_max": integers[1]}
    return {
        "dtype": torch.qint8 if integers[0] < 0 else torch.quint8,
        "qscheme": getattr(torch, f"per_{per}_{'symmetric' if symmetric else 'affine'}"),
        **({} if integers in full else own),
    }


def qparams(low, high, integers, symmetric):
    """_calculate_qparams of the observers."""
    observer = MinMaxObserver(**settings(integers, symmetric, "tensor"))
    observer(torch.tensor([low, high], dtype=torch.float32))
    scale, zero_point = observer.calculate_qparams()
    return [short(scale.item()), int(zero_point.item())]


def fused(low, high, integers, symmetric):
    """The fused operator for training: of any integers, but with a scale that is rounded before the zero point."""
    scale, zero_point = torch.ones(1), torch.zeros(1, dtype=torch.int32)
    on = torch.ones(1, dtype=torch.int64)
    torch.fused_moving_avg_obs_fake_quant(
        torch.tensor([low, high], dtype=torch.float32), on, on, torch.tensor(float("inf")), torch.tensor(float("-inf")),
        scale, zero_point, 1.0, *integers, -1, False, symmetric,
    )
    return [short(scale.item()), int(zero_point.item())]


def chosen(low, high, reduce_range):
    """ChooseQuantizationParams, as a dynamic layer calls it."""
    x = torch.tensor([low, high], dtype=torch.float32)
    scale, zero_point = torch._choose_qparams_per_tensor(x, reduce_range)
    return [short(scale), zero_point]


def mapping(low, high):
    return {
        "range": [short(low), short(high)],
        "uint8": chosen(low, high, False),
        "uint7": chosen(low, high, True),
        "cases": [
            {"integers": integers, "symmetric": symmetric,
             "observer": qparams(low, high, integers, symmetric), "fused": fused(low, high, integers, symmetric)}
            for integers in INTEGERS for symmetric in (False, True)
        ],
    }


def batches_of(kind):
    draw = {
        "normal": lambda i: random.normal(0, 1, 150),
        "one outlier": lambda i: np.append(random.normal(0, 1, 400), 40 if i == 0 else 3),
        "after ReLU, growing": lambda i: np.maximum(random.normal(-0.5, 1 + i, 150), 0),
        "long tail": lambda i: random.standard_t(2, 250),
        "constant, then more": lambda i: np.full(4, 0.5) if i == 0 else random.uniform(-1, 1, 100),
        "all zero": lambda i: np.zeros(5),
        "constant": lambda i: np.full(3, -2.5),
    }[kind]
    return [float32(draw(i)) for i in range(3)]


def observed(kind, bins):
    batches = batches_of(kind)
    extremes, average, histogram = MinMaxObserver(), MovingAverageMinMaxObserver(), HistogramObserver(bins=bins)
    reduced = HistogramObserver(bins=bins, reduce_range=True)  # that of fbgemm's default configuration
    for batch in batches:
        for observer in (extremes, average, histogram, reduced):
            observer(batch)
    scale, zero_point = reduced.calculate_qparams()
    return {
        "name": f"{kind}, {bins} bins",
        "bins": bins,
        "batches": [shorts(batch) for batch in batches],
        "minMax": [short(extremes.min_val.item()), short(extremes.max_val.item())],
        "movingAverage": [short(average.min_val.item()), short(average.max_val.item())],
        "histogram": [short(x.item()) for x in histogram._non_linear_param_search()],
        "reduced": [short(scale.item()), int(zero_point.item())],
    }


def per_channel(axis, integers, symmetric):
    """A channel of zeros, a constant one, one of one sign, and others of any width."""
    rows = [np.zeros(5), np.full(5, 0.3), values.uniform(1, 2, 5), *values.normal(0, [[1e-4], [1], [300]], (3, 5))]
    tensor = float32(np.array(rows)).reshape(6, 5)
    if axis == 1:
        tensor = tensor.T.contiguous()
    observer = PerChannelMinMaxObserver(ch_axis=axis, **settings(integers, symmetric, "channel"))
    observer(tensor)
    scales, zero_points = observer.calculate_qparams()
    dtype = torch.qint8 if integers[0] < 0 else torch.quint8
    quantized = torch.quantize_per_channel(tensor, scales.double(), zero_points, axis, dtype)
    faked = torch.fake_quantize_per_channel_affine(tensor, scales, zero_points.int(), axis, *integers)
    return {
        "axis": axis, "integers": integers, "symmetric": symmetric,
        "dims": list(tensor.shape), "data": shorts(tensor),
        "scales": shorts(scales), "zeroPoints": zero_points.tolist(),
        "quantized": quantized.int_repr().flatten().tolist(), "fake": shorts(faked),
    }


def per_tensor(scale, zero_point, dtype):
    """Ties, what lies beyond the integers, the example that fbgemm's QuantUtils.h names, and others."""
    info = torch.iinfo(dtype)
    steps = [*np.arange(-4, 5) / 2, -zero_point - 300, 300 - zero_point, *(np.arange(-140, 140, 7) + 0.5)]
    x = float32(np.concatenate([np.array(steps) * scale, values.normal(0, 60 * scale, 60), [0.273939937]]))
    quantized = torch.quantize_per_tensor(x, scale, zero_point, dtype)
    faked = torch.fake_quantize_per_tensor_affine(x, scale, zero_point, info.min, info.max)
    return {
        "scale": short(scale), "zeroPoint": zero_point, "integers": [info.min, info.max], "data": shorts(x),
        "quantized": quantized.int_repr().tolist(), "dequantized": shorts(quantized.dequantize()), "fake": shorts(faked),
    }


def dynamic_linear(low, high):
    """Rows of one number through a dynamic layer with the weight 1: what its activations are rounded to."""
    layer = torch.ao.nn.quantized.dynamic.Linear(1, 1, bias_=False)
    layer.set_weight_bias(torch.quantize_per_tensor(torch.ones(1, 1), 1.0, 0, torch.qint8), None)
    x = float32(np.linspace(low, high, 40))
    return {"range": [short(low), short(high)], "data": shorts(x), "outputs": shorts(layer(x.reshape(-1, 1)))}


mappings = [mapping(*ends) for ends in RANGES]
kinds = ["normal", "one outlier", "after ReLU, growing", "long tail", "constant, then more", "all zero", "constant"]
observers = [observed(kind, bins) for kind in kinds for bins in ((2048, 128) if kind == "long tail" else (2048,))]
values = np.random.default_rng(8)
goldens = {
    "torch": torch.__version__,
    "mappings": mappings,
    "observers": observers,
    "perChannel": [
        per_channel(axis, integers, symmetric)
        for axis, integers, symmetric in [
            (0, (-128, 127), True), (1, (-128, 127), True), (0, (-128, 127), False), (0, (-127, 127), True),
            (1, (-64, 63), True), (1, (0, 255), False), (0, (0, 127), False), (0, (0, 255), True),
        ]
    ],
    "perTensor": [
        per_tensor(*case) for case in [
            (0.5, 0, torch.qint8), (0.25, 3, torch.qint8), (1.0, 127, torch.quint8), (0.1, -5, torch.qint8),
            (0.00214854861, 0, torch.qint8), (0.0078125, 128, torch.quint8), (0.037, 77, torch.quint8),
        ]
    ],
    "dynamicLinear": [dynamic_linear(*ends) for ends in [
        (-1, 2), (-3, 3), (2, 5), (-9, -5), (0, 0), (-0.5, 126.5), (-1e-3, 2e-3), (0, 6.35), (-40, 3.3), (-1e-30, 2e-30),
    ]],
}
text = json.dumps(goldens, separators=(",", ":"))
for key in ("range", "name", "axis", "scale"):
    text = text.replace(f'{{"{key}"', f'\n{{"{key}"')
Path(__file__).with_name("pytorch.json").write_text(text + "\n")
