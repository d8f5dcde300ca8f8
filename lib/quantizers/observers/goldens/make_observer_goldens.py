"""Records the ranges that ONNX Runtime's calibrators find for single tensors, for the observers' tests.

Runs in the environment that `npm test` makes of lib/quantizers/oracle/requirements.txt, and in nothing else.
From the top folder:

    npm test
    .cache/oracle/bin/python lib/quantizers/observers/goldens/make_observer_goldens.py

It writes observers.json beside itself; what PyTorch's observers find is in mapping/goldens. Numbers have
as many digits as tell float32 numbers apart.
"""

import contextlib
import io
import json
from pathlib import Path

import numpy as np
from onnxruntime.quantization.calibrate import HistogramCollector

random = np.random.default_rng(31)


def short(x):
    return float(str(np.float32(x)))


def tensors():
    yield "normal", random.normal(0, 1, (3, 200))
    yield "after ReLU", np.maximum(random.normal(-0.3, 2, (3, 200)), 0)
    yield "long tail", random.standard_t(2, (4, 150)) * 1e-3
    yield "one outlier", np.append(random.normal(0, 1, 599), 50).reshape(2, 300)
    yield "all positive", random.uniform(2, 3, (2, 100))
    yield "all negative", -random.exponential(5, (2, 100))
    yield "all zero", np.zeros((2, 3))
    yield "constant", np.full((2, 3), 0.7)
    yield "few values", np.array([[-1.0, 0.5, 2.0]])
    yield "on the edges of bins", np.arange(-128, 129).reshape(1, 257) / 64


SETTINGS = [
    *[{"method": "percentile", "symmetric": symmetric, "bins": bins, "percentile": percentile}
      for symmetric in (True, False) for bins, percentile in ((2048, 99.999), (2048, 99), (100, 90), (128, 100))],
    *[{"method": "entropy", "bins": bins, "quantizedBins": quantized}
      for bins, quantized in ((128, 128), (512, 128), (2048, 128), (1001, 64))],
]


def found(batches, method, bins, symmetric=False, percentile=99.999, quantizedBins=128):
    collector = HistogramCollector(method, symmetric, bins, quantizedBins, percentile, "same")
    with contextlib.redirect_stdout(io.StringIO()):
        collector.collect({"x": batches})  # as collect_data does: all batches at once
        low, high, *_ = collector.compute_collection_result()["x"]
    return [short(low), short(high)]


def record(name, values):
    batches = list(values.astype(np.float32))
    batches = [np.array([short(x) for x in batch], dtype=np.float32) for batch in batches]
    return {
        "name": name,
        "batches": [[short(x) for x in batch] for batch in batches],
        "ranges": [{**setting, "range": found(batches, **setting)} for setting in SETTINGS],
    }


text = json.dumps([record(*case) for case in tensors()], separators=(",", ":")).replace('{"name"', '\n{"name"')
Path(__file__).with_name("observers.json").write_text(text + "\n")
