"""ONNX Runtime's Python package on the same ONNX files."""

import numpy as np
import onnxruntime
from protocol import Contestant, serve

CASES = ("float32", "float16", "dynamic-int8", "static-int8")


def open_session(path, threads):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def open_contestants(materials, threads):
    test = materials.rows("test.f32")

    def contestant(case, reads, make_input):
        suffix = ".words" if reads == "words" else ""
        session = open_session(materials.path(f"{case}{suffix}.onnx"), threads)
        name = session.get_inputs()[0].name

        def run(given):
            return session.run(None, {name: given})[0]

        return Contestant(case, "session.run", reads, make_input, run)

    result = [contestant(case, "counts", lambda rows: test[rows]) for case in CASES]
    if materials.has_words():
        lists = materials.words()

        def padded(rows):
            chosen = lists[rows]
            longest = max(1, max(len(words) for words in chosen))
            batch = np.full((len(chosen), longest), materials.widths[0], np.int32)
            for row, words in zip(batch, chosen):
                row[: len(words)] = words
            return batch

        cases = [case for case in CASES if case != "float16"]
        result += [contestant(case, "words", padded) for case in cases]
    return result


serve(f"onnxruntime {onnxruntime.__version__} (Python)", open_contestants)
