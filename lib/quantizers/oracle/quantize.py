"""Quantizes float32 models with ONNX Runtime's own quantizers, for what ortQuantizers.ts compares.

    python quantize.py FOLDER...

reads from each folder

    job.json       {width, rows, calibrations, variants}, see below
    float.onnx     the model, with the input `input`
    batches.bin    float32 values of batches of `rows` rows of `width` values

and writes to it

    <tensor>.bin          float32 values of each inner tensor, batch after batch
    <calibration>.json    ranges, in the format of ONNX Runtime's calibration cache
    <variant>.onnx        the quantized model

A calibration is {name, method, options}, with the options that `create_calibrator` takes. A variant is
{name, perChannel, reduceRange, weights}, of `quantize_dynamic`, and for `quantize_static` further
{calibration, form, activations}; or {name, bits, blockSize, scheme}, of `MatMulNBitsQuantizer`, which
knows MatMul nodes only.
"""

import json
import logging
import sys
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnxruntime.quantization import (
    CalibrationDataReader,
    CalibrationMethod,
    QuantFormat,
    QuantType,
    create_calibrator,
    quantize_dynamic,
    quantize_static,
)
from onnxruntime.quantization.calibrate import save_tensors_data
from onnxruntime.quantization.matmul_nbits_quantizer import DefaultWeightOnlyQuantConfig, MatMulNBitsQuantizer

logging.disable(logging.WARNING)


class Batches(CalibrationDataReader):
    def __init__(self, batches):
        self.batches = iter([{"input": batch} for batch in batches])

    def get_next(self):
        return next(self.batches, None)


def write_activations(folder, batches):
    """What the engine of this package computes inside of the model."""
    model = onnx.load(folder / "float.onnx")
    known = {output.name for output in model.graph.output}
    names = [node.output[0] for node in model.graph.node if node.output[0] not in known]
    model.graph.output.extend(onnx.helper.make_empty_tensor_value_info(name) for name in names)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    runs = [session.run(names, {"input": batch}) for batch in batches]
    for name, arrays in zip(names, zip(*runs)):
        (folder / f"{name}.bin").write_bytes(b"".join(array.tobytes() for array in arrays))


def calibrate(folder, batches, name, method, options):
    calibrator = create_calibrator(
        folder / "float.onnx",
        augmented_model_path=str(folder / "augmented.onnx"),
        calibrate_method=CalibrationMethod[method],
        extra_options=options,
    )
    calibrator.collect_data(Batches(batches))
    save_tensors_data(calibrator.compute_data(), folder / f"{name}.json")


def quantize_blocks(source, target, bits, block_size, symmetric):
    config = DefaultWeightOnlyQuantConfig(block_size=block_size, is_symmetric=symmetric, bits=bits)
    quantizer = MatMulNBitsQuantizer(onnx.load(source), algo_config=config)
    quantizer.process()
    model = quantizer.model.model
    for node in model.graph.node:
        inputs = next((attribute.i for attribute in node.attribute if attribute.name == "K"), 0)
        if bits == 4 and inputs % 2 == 1:
            # In the upper half of its byte, the last weight has a neighbour that the quantizer used before.
            values = next(c for c in model.graph.initializer if c.name == node.input[1])
            array = onnx.numpy_helper.to_array(values).copy()
            array.reshape(array.shape[0], -1)[:, inputs // 2] &= 15
            values.raw_data = array.tobytes()
    onnx.save(model, target)


def quantize(folder, methods, variant):
    source, target = folder / "float.onnx", folder / f"{variant['name']}.onnx"
    if "blockSize" in variant:
        symmetric = variant["scheme"] == "symmetric"
        quantize_blocks(source, target, variant["bits"], variant["blockSize"], symmetric)
        return
    options = {
        "per_channel": variant["perChannel"],
        "reduce_range": variant["reduceRange"],
        "weight_type": QuantType[variant["weights"]],
    }
    if "calibration" not in variant:
        quantize_dynamic(source, target, **options)
        return
    quantize_static(
        source,
        target,
        quant_format=QuantFormat[variant["form"]],
        activation_type=QuantType[variant["activations"]],
        calibrate_method=CalibrationMethod[methods[variant["calibration"]]],
        calibration_cache_path=folder / f"{variant['calibration']}.json",
        **options,
    )


def do_job(folder):
    job = json.loads((folder / "job.json").read_text())
    values = np.fromfile(folder / "batches.bin", dtype=np.float32)
    batches = values.reshape(-1, job["rows"], job["width"])
    write_activations(folder, batches)
    for calibration in job["calibrations"]:
        calibrate(folder, batches, **calibration)
    methods = {calibration["name"]: calibration["method"] for calibration in job["calibrations"]}
    for variant in job["variants"]:
        quantize(folder, methods, variant)


if __name__ == "__main__":
    for folder in sys.argv[1:]:
        do_job(Path(folder))
