"""Records networks as both exporters of PyTorch write them.

Run with Python 3.11 and torch==2.5.1 onnx==1.17.0 onnxscript==0.1.0.dev20241112 onnxruntime==1.20.1
'numpy<2':

    python pytorch.py
"""

import io

import onnx
import torch
from record import inputs, record
from torch import nn

versions = f"PyTorch {torch.__version__}"


class Raw(nn.Module):
    """Layers written out, without nn.Linear."""

    def __init__(self):
        super().__init__()
        self.first = nn.Parameter(torch.randn(8, 6) / 3)
        self.second = nn.Parameter(torch.randn(6, 3) / 3)
        self.bias = nn.Parameter(torch.randn(1, 3) / 3)
        self.scalar = nn.Parameter(torch.tensor(0.25))

    def forward(self, x):
        hidden = torch.relu(x @ self.first + self.scalar)
        return torch.addmm(self.bias, hidden, self.second, beta=0.5, alpha=2.0)


class Shared(nn.Module):
    """One layer used twice, and its weights once more, transposed."""

    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(8, 8)

    def forward(self, x):
        hidden = torch.relu(self.layer(torch.relu(self.layer(x))))
        return hidden @ self.layer.weight


torch.manual_seed(1)
mlp = nn.Sequential(
    nn.Flatten(),
    nn.Linear(8, 6),
    nn.ReLU(),
    nn.Linear(6, 5, bias=False),
    nn.ReLU(),
    nn.Linear(5, 3),
)
sequence = nn.Sequential(
    nn.Linear(8, 6), nn.GELU(), nn.Linear(6, 4, bias=False), nn.LayerNorm(4), nn.Linear(4, 3)
)
mixed = nn.Sequential(
    nn.Conv1d(2, 3, 3), nn.ReLU(), nn.Flatten(), nn.Linear(18, 4), nn.BatchNorm1d(4), nn.Linear(4, 3)
)
networks = {
    "mlp": (mlp, (4, 8)),
    "sequence": (sequence, (2, 5, 8)),
    "raw": (Raw(), (4, 8)),
    "shared": (Shared(), (4, 8)),
    "mixed": (mixed, (4, 2, 8)),
}

for name, (network, shape) in networks.items():
    network.eval()
    x = inputs(*shape)
    names = {"input_names": ["input"], "output_names": ["logits"]}
    opset = 12 if name == "mlp" else 17
    file = io.BytesIO()
    torch.onnx.export(
        network,
        (torch.from_numpy(x),),
        file,
        dynamic_axes={"input": {0: "batch"}, "logits": {0: "batch"}},
        opset_version=opset,
        dynamo=False,
        **names,
    )
    model = onnx.load_from_string(file.getvalue())
    record(f"torchscript-{name}", model, {"input": x}, f"{versions}, TorchScript, opset {opset}")

    # With a free batch, this exporter fails on inputs of three axes.
    free = [{0: torch.export.Dim("batch", min=1)}] if len(shape) == 2 else None
    program = torch.onnx.export(
        network,
        (torch.from_numpy(x),),
        dynamo=True,
        dynamic_shapes=free,
        **names,
    )
    record(f"dynamo-{name}", program.model_proto, {"input": x}, f"{versions}, dynamo")
