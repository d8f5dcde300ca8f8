"""LiteRT (TensorFlow Lite), the usual engine on phones: float32, and int8 weights with dynamic ranges.

Its models are written here with the schema that comes with it: its own converter needs TensorFlow.
"""

from importlib.metadata import version

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.interpreter import Interpreter
from protocol import Contestant, serve


def model_bytes(layers, int8):
    """The network as FULLY_CONNECTED operators with ReLU fused.

    int8 weights are symmetric with a scale for each output, within -127..127, as its converter makes
    them for dynamic ranges; activations are float32, and the kernel quantizes them row by row.
    """
    buffers, tensors, operators = [schema.BufferT()], [], []

    def tensor(name, shape, kind, data=None, scales=None):
        one = schema.TensorT()
        one.name, one.shape, one.type = name, shape, kind
        if data is not None:
            buffer = schema.BufferT()
            buffer.data = np.frombuffer(data.tobytes(), np.uint8)
            buffers.append(buffer)
            one.buffer = len(buffers) - 1
        if scales is not None:
            one.quantization = schema.QuantizationParametersT()
            one.quantization.scale = scales
            one.quantization.zeroPoint = np.zeros(len(scales), np.int64)
        tensors.append(one)
        return len(tensors) - 1

    types = schema.TensorType
    last = first = tensor("input", [1, layers[0][0].shape[0]], types.FLOAT32)
    for i, (weights, bias) in enumerate(layers):
        rows = weights.T.copy()
        if int8:
            scales = (np.abs(rows).max(axis=1) / 127).astype(np.float32)
            scales[scales == 0] = 1
            rows = np.clip(np.rint(rows / scales[:, None]), -127, 127).astype(np.int8)
        kind = types.INT8 if int8 else types.FLOAT32
        weight = tensor(f"weight{i}", list(rows.shape), kind, rows, scales if int8 else None)
        biases = tensor(f"bias{i}", [len(bias)], types.FLOAT32, bias)
        output = tensor(f"layer{i}", [1, len(bias)], types.FLOAT32)
        operator = schema.OperatorT()
        operator.inputs, operator.outputs = [last, weight, biases], [output]
        operator.builtinOptionsType = schema.BuiltinOptions.FullyConnectedOptions
        operator.builtinOptions = schema.FullyConnectedOptionsT()
        activations = schema.ActivationFunctionType
        operator.builtinOptions.fusedActivationFunction = (
            activations.RELU if i + 1 < len(layers) else activations.NONE
        )
        operators.append(operator)
        last = output

    code = schema.OperatorCodeT()
    code.builtinCode = code.deprecatedBuiltinCode = schema.BuiltinOperator.FULLY_CONNECTED
    code.version = 5 if int8 else 1
    graph = schema.SubGraphT()
    graph.tensors, graph.operators = tensors, operators
    graph.inputs, graph.outputs = [first], [last]
    model = schema.ModelT()
    model.version, model.operatorCodes, model.subgraphs, model.buffers = 3, [code], [graph], buffers
    builder = flatbuffers.Builder(1024)
    builder.Finish(model.Pack(builder), file_identifier=b"TFL3")
    return bytes(builder.Output())


def runner(content, threads):
    """A call of the model: an interpreter for each batch size, since its shapes are fixed."""
    interpreters = {}

    def run(rows):
        if len(rows) not in interpreters:
            made = Interpreter(model_content=content, num_threads=threads)
            made.resize_tensor_input(made.get_input_details()[0]["index"], rows.shape)
            made.allocate_tensors()
            places = [d[0]["index"] for d in (made.get_input_details(), made.get_output_details())]
            interpreters[len(rows)] = made, *places
        interpreter, place, output = interpreters[len(rows)]
        interpreter.set_tensor(place, rows)
        interpreter.invoke()
        return interpreter.get_tensor(output)

    return run


def open_contestants(materials, threads):
    test, layers = materials.rows("test.f32"), list(materials.layers())
    return [
        Contestant(
            "dynamic-int8" if int8 else "float32",
            "Interpreter",
            "counts",
            lambda rows: test[rows],
            runner(model_bytes(layers, int8), threads),
        )
        for int8 in (False, True)
    ]


serve(f"LiteRT {version('ai-edge-litert')}", open_contestants)
