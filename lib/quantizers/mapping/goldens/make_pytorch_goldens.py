"""Records the mappings and ranges that PyTorch chooses, for pytorchMapping.test.ts and histogramObserver.test.ts.

Run with Python 3.11 and torch==2.5.1 numpy:

    python make_pytorch_goldens.py > pytorch.json

Recorded with the observers of that release (its torch/ao/quantization/utils.py and observer.py, from the
directory named as an argument) on a CPU build of torch 1.13.1, that of Debian 12:

    python3 make_pytorch_goldens.py DIRECTORY > pytorch.json

Numbers have as many digits as tell float32 numbers apart.
"""

import importlib.util
import json
import sys

import numpy as np
import torch


def load(name, path):
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


if len(sys.argv) > 1:
    for later in ("float8_e5m2", "float8_e4m3fn"):  # element types that the observers name
        setattr(torch, later, later)
    for part in ("utils", "observer"):
        load(f"torch.ao.quantization.{part}", f"{sys.argv[1]}/{part}.py")
from torch.ao.quantization.observer import HistogramObserver, MinMaxObserver, MovingAverageMinMaxObserver

random = np.random.default_rng(7)
TINY, HUGE = 1.4e-45, 3.4028234663852886e38


def short(x):
    return float(str(np.float32(x)))


RANGES = [
    (-1, 2), (-3, 3), (2, 5), (-9, -5), (0, 1), (-1, 0), (0, 0), (0.1, 0.1), (-1e-3, 2e-3), (0, 1e-3), (-1e-3, 0),
    (-0.5, 127), (-127.5, 127.5), (-1.5, 253.5), (-2.5, 252.5), (-128, 127), (-127, 128), (-1e-30, 2e-30), (-TINY, TINY),
    (0, 1e-38), (0, 5e-37), (-1e30, 3e38), (0, HUGE), (-1.5e38, 1.5e38), (-6.1e-5, 0.0153), (-0.00777, 0.00777),
] + [tuple(sorted(random.normal(0, 10.0 ** random.uniform(-6, 6), 2))) for _ in range(24)]

# qint8 and quint8, all bits or one less, and the narrow range
INTEGERS = [(-128, 127), (-64, 63), (-127, 127), (0, 255), (0, 127)]


def qparams(low, high, integers, symmetric):
    """_calculate_qparams of the observers."""
    dtype = torch.qint8 if integers[0] < 0 else torch.quint8
    custom = {} if integers == (0, 255) else {"quant_min": integers[0], "quant_max": integers[1]}
    qscheme = torch.per_tensor_symmetric if symmetric else torch.per_tensor_affine
    observer = MinMaxObserver(dtype=dtype, qscheme=qscheme, **custom)
    observer(torch.tensor([low, high], dtype=torch.float32))
    scale, zero_point = observer.calculate_qparams()
    return [short(scale.item()), int(zero_point.item())]


def chosen(low, high, integers, symmetric):
    """ChooseQuantizationParams, as the fused operator for training calls it."""
    scale, zero_point = torch.ones(1), torch.zeros(1, dtype=torch.int32)
    on = torch.ones(1, dtype=torch.int64)
    torch.fused_moving_avg_obs_fake_quant(
        torch.tensor([low, high], dtype=torch.float32), on, on, torch.tensor(float("inf")), torch.tensor(float("-inf")),
        scale, zero_point, 1.0, *integers, -1, False, symmetric,
    )
    return [short(scale.item()), int(zero_point.item())]


def mapping(low, high):
    cases = [
        {"integers": integers, "symmetric": symmetric,
         "observer": qparams(low, high, integers, symmetric), "fbgemm": chosen(low, high, integers, symmetric)}
        for integers in INTEGERS for symmetric in (False, True)
    ]
    scale, zero_point = torch._choose_qparams_per_tensor(torch.tensor([low, high], dtype=torch.float32), True)
    assert cases[8]["fbgemm"] == [short(scale), zero_point], (low, high)
    return {"range": [short(low), short(high)], "cases": cases}


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
    return [np.array([short(x) for x in draw(i)], dtype=np.float32) for i in range(3)]


def observed(kind, bins):
    batches = batches_of(kind)
    histogram, average = HistogramObserver(bins=bins), MovingAverageMinMaxObserver()
    for batch in batches:
        histogram(torch.from_numpy(batch))
        average(torch.from_numpy(batch))
    return {
        "name": f"{kind}, {bins} bins",
        "bins": bins,
        "batches": [[short(x) for x in batch] for batch in batches],
        "histogram": [short(x.item()) for x in histogram._non_linear_param_search()],
        "movingAverage": [short(average.min_val.item()), short(average.max_val.item())],
    }


KINDS = ["normal", "one outlier", "after ReLU, growing", "long tail", "constant, then more", "all zero", "constant"]
print(json.dumps({
    "mappings": [mapping(*ends) for ends in RANGES],
    "observers": [observed(kind, bins) for kind in KINDS for bins in ((2048, 128) if kind == "long tail" else (2048,))],
}, separators=(",", ":")).replace('{"range"', '\n{"range"').replace('{"name"', '\n{"name"'))
