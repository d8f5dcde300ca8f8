"""What the scripts beside this one share: they record small models as exporters write them, in text form.

A record is one JSON file: the model in the JSON form of protobuf (weights in base64), an input, and the
output of each tensor that ONNX Runtime gives for it.
"""

import json
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from google.protobuf.json_format import MessageToDict

here = Path(__file__).parent


def record(name, model, feeds, versions):
    """Writes NAME.json: `model` is an onnx.ModelProto, `feeds` are arrays by input name."""
    for node in model.graph.node:
        node.doc_string = ""  # PyTorch puts stack traces here
        del node.metadata_props[:]
    for function in model.functions:
        del function.metadata_props[:]
    del model.metadata_props[:]
    for value in list(model.graph.value_info) + list(model.graph.input) + list(model.graph.output):
        del value.metadata_props[:]
    del model.graph.metadata_props[:]
    session = onnxruntime.InferenceSession(model.SerializeToString())
    names = [output.name for output in session.get_outputs()]
    outputs = dict(zip(names, session.run(names, feeds)))
    written = {
        "exporter": versions,
        "model": MessageToDict(model),
        "inputs": {key: tensor(array) for key, array in feeds.items()},
        "outputs": {
            key: tensor(array) for key, array in outputs.items() if array.dtype == np.float32
        },
    }
    (here / f"{name}.json").write_text(json.dumps(written, indent=1) + "\n")
    operators = [node.op_type for node in model.graph.node]
    print(name, len(model.SerializeToString()), operators)


def tensor(array):
    return {"dims": list(array.shape), "data": [float(value) for value in array.ravel()]}


def inputs(*shape, seed=1):
    return np.random.default_rng(seed).uniform(-1, 1, shape).astype(np.float32)
