"""Networks that are traced as they are and refused by name when the bundle is imported: { name: (model, shape, what the refusal says) }."""
import brevitas.nn as qnn
import torch
import torch.nn.functional as F
from brevitas.inject.enum import ScalingPerOutputType
from brevitas.quant import Int8ActPerTensorFloat, Int8WeightPerTensorFloat, ShiftedUint8ActPerTensorFloat, ShiftedUint8WeightPerTensorFloat
from brevitas.quant import SignedBinaryActPerTensorConst, TruncTo8bit
from torch import nn

from models import identity


class Behind(nn.Module):
    """A quantiser, then a layer or function, then a quantiser."""

    def __init__(self, layer, q=None):
        super().__init__()
        self.q = q or identity()
        self.layer = layer if isinstance(layer, nn.Module) else nn.Identity()
        self.function = None if isinstance(layer, nn.Module) else layer
        self.last = identity()

    def forward(self, x):
        x = self.q(x)
        x = self.layer(x) if self.function is None else self.function(x)
        return self.last(x)


class FloorAct(Int8ActPerTensorFloat):
    float_to_int_impl_type = "FLOOR"


def conv(*sizes, **options):
    return qnn.QuantConv2d(*(sizes or (4, 4, 3)), **options)


def per_channel_activation():
    return qnn.QuantIdentity(
        act_quant=Int8ActPerTensorFloat,
        scaling_per_output_type=ScalingPerOutputType.CHANNEL,
        per_channel_broadcastable_shape=(1, 4, 1, 1),
        scaling_stats_permute_dims=(1, 0, 2, 3),
        return_quant_tensor=True,
    )


class Recurrent(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(8, 4, batch_first=True)

    def forward(self, x):
        return self.lstm(x.value)[0]


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.attention = nn.MultiheadAttention(8, 2, batch_first=True)

    def forward(self, x):
        return self.attention(x.value, x.value, x.value)[0]


class Doubling(qnn.QuantConv2d):
    """A layer that is no longer what its class says."""

    def inner_forward_impl(self, x, weight, bias):
        return super().inner_forward_impl(x, weight, bias) * 2


def hooked():
    layer = conv()
    layer.register_forward_hook(lambda module, inputs, output: output**2)
    return layer


image, row = (4, 8, 8), (4, 8)
UNSUPPORTED = {
    "dilated": (conv(dilation=2), image, "it is dilated"),
    "reflected": (conv(padding=1, padding_mode="reflect"), image, "it pads with other values than zeros"),
    "float weights": (conv(weight_quant=None), image, "its weights are not quantised to integers"),
    "weight zero point": (conv(weight_quant=ShiftedUint8WeightPerTensorFloat), image, "its weights have a zero point"),
    "wide weights": (conv(weight_quant=Int8WeightPerTensorFloat, weight_bit_width=12), image, "the bit width of its weights"),
    "other inside": (Doubling(4, 4, 3), image, "Doubling: Bitwright has no such layer"),
    "hooked": (hooked(), image, "pow: Bitwright has no such layer"),
    "delayed": (Behind(nn.Identity(), identity(quant_delay_steps=100)), image, "does not quantise to integers"),
    "transposed": (qnn.QuantConvTranspose2d(4, 4, 3), image, "QuantConvTranspose2d: Bitwright has no such layer"),
    "float convolution": (nn.Conv2d(4, 4, 3), image, "Use brevitas.nn.QuantConv1d or QuantConv2d"),
    "float linear": (lambda x: F.linear(x.value, torch.ones(3, 8)), image, "Use brevitas.nn.QuantLinear"),
    "zero point": (Behind(nn.Identity(), qnn.QuantIdentity(act_quant=ShiftedUint8ActPerTensorFloat)), image, "its zero point is not 0"),
    "per-channel activation": (Behind(nn.Identity(), per_channel_activation()), image, "a scale per channel"),
    "binary": (Behind(nn.Identity(), qnn.QuantIdentity(act_quant=SignedBinaryActPerTensorConst, scaling_const=1.0)), image, "does not quantise to integers"),
    "floor": (Behind(nn.Identity(), qnn.QuantIdentity(act_quant=FloorAct)), image, "it does not round to the nearest integer"),
    "trunc to 8 bit": (qnn.TruncAvgPool2d(2, trunc_quant=TruncTo8bit), image, "it does not round to the nearest integer"),
    "no statistics": (nn.BatchNorm2d(4, track_running_stats=False), image, "it has no running statistics"),
    "instance norm": (nn.InstanceNorm2d(4), image, "InstanceNorm2d: Bitwright has no such layer"),
    "norm of matrices": (nn.RMSNorm((8, 8)), image, "it normalises several axes"),
    "softmax over the batch": (lambda x: torch.softmax(x, 0), image, "it runs over the batch"),
    "softmax without an axis": (nn.Softmax(), row, "it does not name its axis"),
    "attention": (Attention(), row, "MultiheadAttention: Bitwright has no such layer"),
    "vector": (lambda x: x.value @ x.value[0, 0], row, "it multiplies a vector"),
    "lstm": (Recurrent(), row, "LSTM: Bitwright has no such layer"),
    "hardtanh": (nn.Hardtanh(), image, "the range of their quantiser clamps"),
    "relu6": (F.relu6, image, "ReLU6: Bitwright has no such layer"),
    "nothing": (lambda x: x.value * 0, image, "its factor is 0 or not finite"),
    "squared": (lambda x: x.value**2, image, "pow: Bitwright has no such layer"),
    "ratio": (lambda x: x.value / x.value, image, "div: Bitwright has no such layer"),
    "reciprocal": (lambda x: 1 / x.value, image, "rdiv: Bitwright has no such layer"),
    "constant subtracted": (lambda x: x.value - 1.5, image, "sub: Bitwright has no such layer"),
    "gate per channel": (lambda x: x.value * x.value.mean((2, 3), keepdim=True), image, "it broadcasts a factor along an inner axis"),
    "constant added": (lambda x: x.value + 1.5, image, "it adds a constant"),
    "alpha": (lambda x: torch.add(x.value, x.value, alpha=2), image, "it multiplies an addend by alpha"),
    "broadcast": (lambda x: x.value + x.value.mean((2, 3), keepdim=True), image, "it broadcasts an addend"),
    "dilated pool": (nn.MaxPool2d(2, dilation=2), image, "MaxPool2d: it is dilated"),
    "indices": (lambda x: F.max_pool2d(x.value, 2, return_indices=True)[0], image, "it returns indices"),
    "divisor": (nn.AvgPool2d(2, divisor_override=3), image, "divides by another number"),
    "unequal windows": (nn.AdaptiveAvgPool2d(3), image, "its windows are of unequal size"),
    "bilinear": (lambda x: F.interpolate(x.value, scale_factor=2, mode="bilinear"), image, "it interpolates"),
    "fraction": (lambda x: F.interpolate(x, scale_factor=1.5), image, "its factors are not whole numbers"),
    "constant pad": (lambda x: F.pad(x, (1, 1), value=1.0), image, "it pads with a value other than 0"),
    "crop": (lambda x: F.pad(x, (-1, 1)), image, "it cuts off instead of padding"),
    "reflection": (lambda x: F.pad(x.value, (1, 1, 1, 1), mode="reflect"), image, "pad: Bitwright has no such layer"),
    "batch mean": (lambda x: x.value.mean(0, keepdim=True), image, "it averages over the batch"),
    "everything mean": (lambda x: x.value.mean().reshape(1, 1), image, "it averages over the batch"),
    "batch cat": (lambda x: torch.cat([x.value, x.value]), image, "it changes the batch axis"),
    "summed": (lambda x: x.value.sum(1), image, "Use mean over axes, or a pool"),
    "gathered": (lambda x: x.value[:, [1, 0]], image, "getitem: Bitwright has no such layer"),
    "doubled": (lambda x: x.value.double().float(), image, "Keep every tensor float32"),
    "always dropped": (lambda x: F.dropout(x.value, 0.5), image, "it drops values even in eval mode"),
    "softplus": (nn.Softplus(beta=2), image, "its parameters are not the usual ones"),
    "no quantiser": (Behind(nn.Hardtanh(), qnn.QuantHardTanh(act_quant=None, max_val=1.0, min_val=-1.0)), image, "its quantisation is switched off"),
    "stacked": (lambda x: torch.stack([x.value, x.value], 1), image, "Use unsqueeze and torch.cat"),
    "filled": (lambda x: x.value + torch.zeros_like(x.value), image, "zeros_like: Bitwright has no such layer"),
}
