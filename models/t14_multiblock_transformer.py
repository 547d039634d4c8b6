"""T14: four transformer blocks on 196 tokens of four pixels, on digits."""
from common import pictures
from t13_transformer_simple import Transformer
from torch import nn
from training import trained

NAME = "t14_multiblock_transformer"
INPUT_SHAPES = [(1, 28, 28)]


def create_model() -> nn.Module:
    return trained(lambda: Transformer(width=128, heads=4, hidden=256, blocks=4), NAME, epochs=4, pictures=400, rate=3e-3)


def samples():
    return pictures()
