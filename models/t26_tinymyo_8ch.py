"""T26: eight transformer blocks on 400 patches of eight electrodes."""
from common import calibrated, normals
from t15_tinymyo_tiny import TinyMyo
from torch import nn

NAME = "t26_tinymyo_8ch"
INPUT_SHAPES = [(1, 8, 1000)]


def create_model() -> nn.Module:
    return calibrated(lambda: TinyMyo(blocks=8), NAME, INPUT_SHAPES, batches=4, size=2)


def samples():
    return normals(NAME, INPUT_SHAPES, count=1)
