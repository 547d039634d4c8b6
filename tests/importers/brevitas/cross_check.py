"""Compares the edges of traces with those of a torch.fx.Tracer whose leaves are the layers of brevitas.nn and torch.nn."""
import brevitas.nn as qnn
import numpy as np
import torch
import torch.fx
import torch.nn.functional as F
from torch import nn

from bitwright import layers
from bitwright.compatibility import import_brevitas
from bitwright.export import trace

import_brevitas()
from models import EltwiseLayers, identity, relu


class LeafTracer(torch.fx.Tracer):
    def is_leaf_module(self, module, path):
        return layers.kind(module) is not None


class Plain(nn.Module):
    shape = (4, 8, 8)

    def __init__(self):
        super().__init__()
        self.q, self.act, self.q_add = identity(), relu(), identity()
        self.conv = qnn.QuantConv2d(4, 4, 3, padding=1)
        self.bn = nn.BatchNorm2d(4)
        self.pool = nn.MaxPool2d(2)

    def forward(self, x):
        x = self.q(x)
        return self.pool(self.act(self.bn(self.conv(x))))


class Residual(Plain):
    def forward(self, x):
        x = self.q(x)
        y = self.act(self.bn(self.conv(x)))
        return self.q_add(self.q_add(x) + self.q_add(y))


class Dense(Plain):
    def forward(self, x):
        x = self.act(self.q(x))
        return torch.cat([x, self.act(self.conv(x)), self.act(self.bn(self.conv(x)))], dim=1)


class Views(Plain):
    def forward(self, x):
        x = self.q(x)
        y = F.max_pool2d(self.conv(x), 2).permute(0, 2, 3, 1)
        return self.q_add(torch.flatten(y, 1).reshape(1, 4, -1)).transpose(1, 2)


class Nested(Plain):
    def __init__(self):
        super().__init__()
        self.blocks = nn.Sequential(Residual(), nn.Sequential(Plain(), nn.Dropout(0.1)))

    def forward(self, x):
        return self.blocks(x)


class Eltwise(EltwiseLayers):
    shape = EltwiseLayers.shapes[0]

    def forward(self, x):
        x = self.q(x)
        return self.add(self.a(x), self.b(x))


def expected(model):
    """(name or function, sources) in the order of execution, as torch.fx sees them."""
    graph = LeafTracer().trace(model)
    return [
        (node.target if node.op == "call_module" else "function", [keys[source] for source in node.all_input_nodes])
        for keys in [{node: position for position, node in enumerate(graph.nodes)}]
        for node in graph.nodes
        if node.op.startswith("call_")
    ]


def found(model):
    """The same of our own trace: quantisers inside layers belong to their layer."""
    traced = trace(model, [np.random.RandomState(0).standard_normal((1, *model.shape)).astype(np.float32)])
    modules = dict(model.named_modules())
    positions, calls = {record: position for position, record in enumerate(traced.inputs)}, []
    for record in traced.records:
        if record.base.endswith((".input_quant", ".output_quant")):
            positions[record] = positions[record.inputs[0]]
            continue
        calls.append((record.base if record.base in modules else "function", [positions[source] for source in record.inputs]))
        positions[record] = len(traced.inputs) + len(calls) - 1
    return calls


count = 0
for maker in (Plain, Residual, Dense, Views, Nested, Eltwise):
    model = maker().eval()
    mine, theirs = found(model), expected(model)
    assert mine == theirs, f"{maker.__name__}:\n{mine}\n{theirs}"
    count += 1
print(f"same edges in {count} networks")
