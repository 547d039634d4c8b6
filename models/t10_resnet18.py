"""T10: eight residual blocks, on digits."""
from common import C, L, Q, R, pictures, value
from torch import nn
from training import trained

NAME = "t10_resnet18"
INPUT_SHAPES = [(1, 28, 28)]


class BasicBlock(nn.Module):
    """The second convolution's sums and the shortcut are added before anything rounds them."""

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.first = nn.Sequential(C(inputs, outputs, 3, stride=stride, padding=1), R(), Q())
        self.second = C(outputs, outputs, 3, padding=1)
        same = stride == 1 and inputs == outputs
        self.shortcut = None if same else nn.Sequential(C(inputs, outputs, 1, stride=stride), Q())
        self.last = nn.Sequential(R(), Q())

    def forward(self, x):
        skip = x if self.shortcut is None else self.shortcut(x)
        return self.last(value(self.second(self.first(x))) + value(skip))


class ResNet18(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(Q(), C(1, 16, 3, padding=1), R(), Q())
        widths = [(16, 16, 1), (16, 32, 2), (32, 64, 2), (64, 128, 2)]
        self.blocks = nn.Sequential(*(block for i, o, s in widths for block in (BasicBlock(i, o, s), BasicBlock(o, o, 1))))
        self.head = nn.Sequential(nn.AdaptiveAvgPool2d(1), Q(), nn.Flatten(), L(128, 10))

    def forward(self, x):
        return self.head(self.blocks(self.stem(x)))


def create_model() -> nn.Module:
    return trained(ResNet18, NAME, epochs=5)


def samples():
    return pictures()
