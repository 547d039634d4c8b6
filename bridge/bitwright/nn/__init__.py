"""
Layers that import into Bitwright integer by integer.

Small ones (norms, Softmax, Rotary, RFFT, SelectiveScan, Parameter) have their own quantiser: in train mode they are fake quantisation, in eval mode they compute the
very integers of the firmware. Blocks are made of them and of Brevitas's layers. Every layer takes QuantTensors and gives one, a head its logits.
"""
from ..compatibility import import_brevitas

import_brevitas()  # mends what an older Brevitas misses in a newer PyTorch

from .attention import (  # noqa: E402
    MLP,
    AlternatingAttention,
    Attend,
    Block,
    ClassificationHead,
    CrossAttention,
    CrossAttentionSelfRefine,
    MultiheadSelfAttention,
    RotaryBlock,
    SwiGLU,
)
from .constants import Embedding, Parameter, PositionalEmbedding  # noqa: E402
from .layer import Layer, moved, quantiser  # noqa: E402
from .mamba import BidirectionalMamba, CausalConv1d, MambaBlock  # noqa: E402
from .norms import GroupNorm, LayerNorm, RMSNorm  # noqa: E402
from .patches import PatchEmbed  # noqa: E402
from .rotary import Rotary  # noqa: E402
from .scan import SelectiveScan  # noqa: E402
from .softmax import Softmax  # noqa: E402
from .spectrum import RFFT, RFFTFeatures  # noqa: E402

__all__ = [
    "AlternatingAttention",
    "Attend",
    "BidirectionalMamba",
    "Block",
    "CausalConv1d",
    "ClassificationHead",
    "CrossAttention",
    "CrossAttentionSelfRefine",
    "Embedding",
    "GroupNorm",
    "Layer",
    "LayerNorm",
    "MLP",
    "MambaBlock",
    "MultiheadSelfAttention",
    "Parameter",
    "PatchEmbed",
    "PositionalEmbedding",
    "RFFT",
    "RFFTFeatures",
    "RMSNorm",
    "Rotary",
    "RotaryBlock",
    "SelectiveScan",
    "Softmax",
    "SwiGLU",
    "moved",
    "quantiser",
]
