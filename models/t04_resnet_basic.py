"""T4: one residual block, on digits."""
from common import C, L, Q, R, pictures
from torch import nn
from training import trained

NAME = "t04_resnet_basic"
INPUT_SHAPES = [(1, 28, 28)]


class ResNetBasic(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(Q(), C(1, 16, 3, padding=1), R(), Q())
        self.body = nn.Sequential(C(16, 16, 3, padding=1), R(), Q())
        self.head = nn.Sequential(Q(), nn.AdaptiveAvgPool2d(1), Q(), nn.Flatten(), L(16, 10))

    def forward(self, x):
        x = self.stem(x)
        return self.head(x.value + self.body(x).value)


def create_model() -> nn.Module:
    return trained(ResNetBasic, NAME, epochs=8)


def samples():
    return pictures()
