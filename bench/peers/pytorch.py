"""PyTorch in the configurations that its users choose among: eager and traced, each int8 engine."""

import copy
import warnings

import numpy as np
import torch
from protocol import Contestant, serve
from torch import nn
from torch.ao import quantization

warnings.filterwarnings("ignore")


def network(layers):
    """The network with ReLU between its layers."""
    modules = []
    for weights, bias in layers:
        linear = nn.Linear(*weights.shape)
        linear.weight.data = torch.from_numpy(weights.T.copy())
        linear.bias.data = torch.from_numpy(bias.copy())
        modules += [linear, nn.ReLU()]
    return nn.Sequential(*modules[:-1]).eval()


class Bag(nn.Module):
    """The network with the first layer as a sum of rows of its weights, one for each word."""

    def __init__(self, layers):
        super().__init__()
        (weights, bias), *others = layers
        self.bag = nn.EmbeddingBag.from_pretrained(torch.from_numpy(weights.copy()), mode="sum")
        self.bias = nn.Parameter(torch.from_numpy(bias.copy()))
        self.rest = network(others)

    def forward(self, words, offsets):
        return self.rest(torch.relu(self.bag(words, offsets) + self.bias))


def int8_engines():
    supported = torch.backends.quantized.supported_engines
    return [e for e in ("fbgemm", "onednn") if e in supported] or ["qnnpack"]


def dynamic(model, dtype=torch.qint8, engine="fbgemm"):
    torch.backends.quantized.engine = engine
    return quantization.quantize_dynamic(copy.deepcopy(model), {nn.Linear}, dtype=dtype)


def static(model, engine, calibration):
    """Observers, calibration, conversion: eager mode, with the default observers of the engine."""
    torch.backends.quantized.engine = engine
    model = quantization.QuantWrapper(copy.deepcopy(model)).eval()
    names = [f"module.{i}" for i in range(len(model.module))]
    pairs = [list(pair) for pair in zip(names[:-1:2], names[1::2])]
    model = quantization.fuse_modules(model, pairs)
    model.qconfig = quantization.get_default_qconfig(engine)
    quantization.prepare(model, inplace=True)
    for start in range(0, len(calibration), 64):
        model(torch.from_numpy(calibration[start : start + 64]))
    return quantization.convert(model)


def traced(model, example, optimize=False):
    frozen = torch.jit.freeze(torch.jit.trace(model, example))
    return torch.jit.optimize_for_inference(frozen) if optimize else frozen


def forms(model, calibration):
    """Case, name and module of each form that reads counts."""
    yield "float32", "eager", model
    for engine in int8_engines():
        yield "dynamic-int8", f"{engine}, eager", dynamic(model, engine=engine)
        yield "static-int8", f"{engine}, eager", static(model, engine, calibration)
    if "fbgemm" in torch.backends.quantized.supported_engines:
        yield "float16", "fbgemm, eager", dynamic(model, torch.float16)


def training(materials, name, **options):
    """A step of Adam; batches are dense and ready before the clock starts."""
    model = network(materials.layers()).train()
    optimizer = torch.optim.Adam(model.parameters(), materials.manifest["learningRate"], **options)
    rows, labels = materials.rows("train.f32"), materials.numbers("train.u8", np.uint8)
    x, y = torch.from_numpy(rows), torch.from_numpy(labels.astype(np.int64))

    def step(batch):
        with torch.inference_mode(False), torch.enable_grad():
            optimizer.zero_grad()
            loss = nn.functional.cross_entropy(model(x[batch]), y[batch])
            loss.backward()
            optimizer.step()

    return Contestant("training", name, "counts", lambda rows: rows, step)


def open_contestants(materials, threads):
    torch.set_num_threads(threads)
    torch.set_grad_enabled(False)
    test = torch.from_numpy(materials.rows("test.f32"))
    model = network(materials.layers())
    example = test[:64].clone()
    contestants = []

    def add(case, name, reads, make_input, run):
        contestants.append(Contestant(case, name, reads, make_input, run, lambda y: y.numpy()))

    def counts(rows):
        return test[rows].clone()

    for case, name, module in forms(model, materials.rows("calibration.f32")):
        add(case, name, "counts", counts, module)
        add(case, name.replace("eager", "traced"), "counts", counts, traced(module, example))
    optimized = traced(model, example, optimize=True)
    add("float32", "traced, optimized for inference", "counts", counts, optimized)
    if materials.has_words():
        lists = materials.words()

        def words(rows):
            chosen = lists[rows]
            ends = np.cumsum([0] + [len(words) for words in chosen[:-1]])
            numbers = np.concatenate(chosen).astype(np.int64)
            return torch.from_numpy(numbers), torch.from_numpy(ends)

        bag = Bag(list(materials.layers())).eval()
        bags = [("float32", "EmbeddingBag", bag)] + [
            ("dynamic-int8", f"EmbeddingBag, {engine}", dynamic(bag, engine=engine))
            for engine in int8_engines()
        ]
        for case, name, module in bags:
            add(case, f"{name}, eager", "words", words, lambda given, m=module: m(*given))
            script = traced(module, words(slice(0, 64)))
            add(case, f"{name}, traced", "words", words, lambda given, m=script: m(*given))
    for contestant in contestants:
        contestant.run = torch.inference_mode()(contestant.run)
    contestants.append(training(materials, "Adam"))
    contestants.append(training(materials, "Adam, fused", fused=True))
    return contestants


serve(f"PyTorch {torch.__version__}", open_contestants)
