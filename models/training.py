"""Quantisation-aware training on digits, by seed alone."""
from __future__ import annotations

from typing import Callable, Iterable, List

import torch
import torch.nn.functional as F
from common import TRAINED, digits, seeded, value
from torch import Tensor, nn


class Norm:
    """A BatchNorm behind a convolution, or in front of a linear layer, which ends in that layer's weights."""

    def __init__(self, layer: nn.Module) -> None:
        self.layer, self.behind = layer, isinstance(layer, nn.Conv2d)
        # means may hardly differ, but weights of one that never does must not become larger than all others
        self.norm = nn.BatchNorm2d(layer.out_channels) if self.behind else nn.BatchNorm1d(layer.in_features, eps=1e-2)
        behind = lambda _layer, _inputs, result: self.norm(value(result))  # noqa: E731
        in_front = lambda _layer, inputs: (self.norm(value(inputs[0])),)  # noqa: E731
        self.hook = layer.register_forward_hook(behind) if self.behind else layer.register_forward_pre_hook(in_front)

    @torch.no_grad()
    def fold(self) -> None:
        self.hook.remove()
        norm, weight, bias = self.norm, self.layer.weight, self.layer.bias
        gain = norm.weight / torch.sqrt(norm.running_var + norm.eps)
        shift = norm.bias - norm.running_mean * gain
        if self.behind:
            weight.mul_(gain.view(-1, 1, 1, 1))
            bias.mul_(gain).add_(shift)
        else:
            bias.add_(weight @ shift)
            weight.mul_(gain)


def _normed(model: nn.Module) -> List[Norm]:
    convolutions = [layer for layer in model.modules() if isinstance(layer, nn.Conv2d)]
    classifiers = [layer for layer in model.modules() if isinstance(layer, nn.Linear)][-1:] if convolutions else []
    return [Norm(layer) for layer in convolutions + classifiers]


def _learn(model: nn.Module, parameters: Iterable[nn.Parameter], x: Tensor, labels: Tensor, epochs: int, rate: float) -> None:
    """Adam, cross entropy, batches of 32; the rate rises to `rate` and falls again."""
    optimiser = torch.optim.Adam(parameters, lr=rate)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, rate, total_steps=epochs * -(-len(x) // 32))
    for _ in range(epochs):
        for batch in torch.randperm(len(x)).split(32):
            optimiser.zero_grad()
            F.cross_entropy(model(x[batch]), labels[batch]).backward()
            optimiser.step()
            schedule.step()


def trained(make: Callable[[], nn.Module], name: str, epochs: int, size: int = 28, pictures: int = TRAINED, rate: float = 1e-2) -> nn.Module:
    """
    While a network learns, its convolutions have norms behind them and its classifier, which often reads means that hardly differ, one in front;
    without them a small network needs ten times as long. In the last two epochs they are part of the weights.
    """
    model = seeded(make, name)
    for module in model.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
    x, labels = (part[:pictures] for part in digits(size))
    norms = _normed(model)
    model.train()
    _learn(model, [*model.parameters(), *(parameter for norm in norms for parameter in norm.norm.parameters())], x, labels, epochs - 2, rate)
    for norm in norms:
        norm.fold()
    _learn(model, model.parameters(), x, labels, 2, rate / 10)
    return model.eval()
