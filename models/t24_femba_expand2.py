"""T24: T23 with blocks of twice its width and a state of 16."""
from common import calibrated, normals
from t21_femba_patchembedder import Femba
from torch import nn

NAME = "t24_femba_expand2"
INPUT_SHAPES = [(1, 22, 1280)]


def make() -> nn.Module:
    return Femba((2, 16), 80, 385, inner=770, state=16, rank=48, classes=2, positions=True)


def create_model() -> nn.Module:
    return calibrated(make, NAME, INPUT_SHAPES, batches=4, size=2)


def samples():
    return normals(NAME, INPUT_SHAPES, count=1)
