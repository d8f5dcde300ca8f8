"""One side of the benchmark's protocol: a command on standard input, an answer on standard output.

Each is one line of JSON. See bench/protocol.ts for what they hold.
"""

import json
import os
import pathlib
import re
import resource
import sys
import time
import traceback

import numpy as np

BATCH = 64


class Materials:
    """What all contestants read: weights, models and rows, as bench/materials.ts wrote them."""

    def __init__(self, folder):
        self.folder = folder
        with open(self.path("manifest.json")) as file:
            self.manifest = json.load(file)
        self.widths = self.manifest["widths"]

    def path(self, name):
        return os.path.join(self.folder, name)

    def numbers(self, name, dtype=np.float32):
        return np.fromfile(self.path(name), dtype=dtype)

    def layers(self):
        """Weights [inputs, outputs] and bias of each layer."""
        numbers = self.numbers("network.f32")
        start = 0
        for inputs, outputs in zip(self.widths, self.widths[1:]):
            end = start + inputs * outputs
            yield numbers[start:end].reshape(inputs, outputs), numbers[end : end + outputs]
            start = end + outputs

    def rows(self, name):
        return self.numbers(name).reshape(-1, self.widths[0])

    def words(self):
        """The words of each test row."""
        words, ends = self.numbers("words.i32", np.int32), self.numbers("ends.i32", np.int32)
        return [words[start:end] for start, end in zip([0, *ends[:-1]], ends)]

    def has_words(self):
        return os.path.exists(self.path("words.i32"))


class Contestant:
    """A form of the network in one configuration.

    `make_input(rows)` makes what `run` takes of a range of test rows; `run` gives logits.
    """

    def __init__(self, case, name, reads, make_input, run, logits=lambda output: output):
        self.case, self.name, self.reads = case, name, reads
        self.make_input, self.run, self.logits = make_input, run, logits

    def classes(self, rows):
        starts = range(0, rows, BATCH)
        outputs = [self.run(self.make_input(slice(i, i + BATCH))) for i in starts]
        return np.concatenate([np.argmax(self.logits(y), axis=1) for y in outputs]).tolist()

    def inputs(self, rows, batch):
        count = min(64, rows // batch)
        return [self.make_input(slice(i * batch, (i + 1) * batch)) for i in range(count)]


def times(call, inputs, milliseconds, calls):
    """Microseconds of each call, until both the time and the number of calls are reached.

    The first call is not counted: it brings the weights back into the cache.
    """
    call(inputs[0])
    result = []
    end = time.perf_counter() + milliseconds / 1000
    while len(result) < calls or time.perf_counter() < end:
        given = inputs[len(result) % len(inputs)]
        start = time.perf_counter_ns()
        call(given)
        result.append((time.perf_counter_ns() - start) / 1000)
    return result


def peak_bytes():
    """Of this process alone: on Linux getrusage gives at least what its parent held."""
    status = pathlib.Path("/proc/self/status")
    if status.exists():
        return int(re.search(r"^VmHWM:\s*(\d+) kB$", status.read_text(), re.MULTILINE)[1]) * 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def serve(version, open_contestants):
    """Answers commands until there are no more.

    `open_contestants(materials, threads)` gives the contestants.
    """
    contestants, materials, inputs = [], None, {}

    def answer(command):
        nonlocal contestants, materials
        do = command["do"]
        if do == "open":
            materials = Materials(command["folder"])
            contestants = open_contestants(materials, command["threads"])
            listed = [{"case": c.case, "name": c.name, "reads": c.reads} for c in contestants]
            return {"version": version, "contestants": listed}
        if do == "memory":
            return {"peakBytes": peak_bytes()}
        number = command["contestant"]
        contestant = contestants[number]
        rows = materials.manifest["testRows"]
        if do == "classes":
            return {"classes": contestant.classes(rows)}
        key = (number, command["batch"])
        if key not in inputs:
            inputs[key] = contestant.inputs(rows, command["batch"])
        limits = command["milliseconds"], command["calls"]
        return {"microseconds": times(contestant.run, inputs[key], *limits)}

    for line in sys.stdin:
        try:
            reply = answer(json.loads(line))
        except Exception as error:  # whatever it is, the other side has to know
            traceback.print_exc()
            reply = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(reply), flush=True)
