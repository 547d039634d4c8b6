"""Small networks, each with a few ways of writing a forward; the names of the classes are those of the exported bundles."""
import brevitas.nn as qnn
import torch
import torch.nn.functional as F
from brevitas.quant import Int8ActPerTensorFloat, Int8WeightPerChannelFloat, Int32Bias, Uint8ActPerTensorFloat
from torch import nn


def identity(**options):
    return qnn.QuantIdentity(bit_width=8, return_quant_tensor=True, **options)


def relu(**options):
    return qnn.QuantReLU(bit_width=8, return_quant_tensor=True, **options)


class InputAndOutputQuantisers(nn.Module):
    """Quantisers inside layers, integer bias, per-channel scales, padding `same` with stride 2."""

    shapes = [(3, 9, 10)]

    def __init__(self):
        super().__init__()
        self.conv = qnn.QuantConv2d(3, 6, 3, padding=1, input_quant=Int8ActPerTensorFloat, output_quant=Int8ActPerTensorFloat, return_quant_tensor=True)
        self.biased = qnn.QuantConv2d(6, 4, (3, 4), stride=(2, 3), padding="same", weight_quant=Int8WeightPerChannelFloat, bias_quant=Int32Bias)
        self.act = relu()
        self.fc = qnn.QuantLinear(4 * 5 * 4, 5, bias=True, input_quant=Int8ActPerTensorFloat, output_quant=Int8ActPerTensorFloat, weight_bit_width=3)

    def forward(self, x):
        return self.fc(self.act(self.biased(self.conv(x))).flatten(1))


class EltwiseLayers(nn.Module):
    """QuantEltwiseAdd and QuantCat, with quantisers of their own, and the same tied."""

    shapes = [(4, 6, 6)]

    def __init__(self):
        super().__init__()
        self.q = identity()
        self.a = qnn.QuantConv2d(4, 4, 1, bias=True)
        self.b = qnn.QuantConv2d(4, 4, 3, padding=1, bias=False)
        self.add = qnn.QuantEltwiseAdd(return_quant_tensor=True)
        self.cat = qnn.QuantCat(return_quant_tensor=True)
        self.tied = qnn.QuantEltwiseAdd(return_quant_tensor=True)
        self.tied.output_quant = self.tied.input_quant  # tie_input_output_quant=True fails in Brevitas 0.12 and 0.13

    def forward(self, x):
        x = self.q(x)
        y = self.add(self.a(x), self.b(x))
        y = self.tied(y, x)
        return self.cat([y, x], dim=1)


class Pools(nn.Module):
    """Every pool, as a module and as a function; several outputs, one of them a map of sums."""

    shapes = [(4, 12, 12)]

    def __init__(self):
        super().__init__()
        self.q = identity()
        self.r = relu()
        self.max = nn.MaxPool2d(3, stride=2, padding=1, ceil_mode=True)
        self.avg = nn.AvgPool2d(3, stride=2, padding=1, count_include_pad=False, ceil_mode=True)
        self.adaptive = nn.AdaptiveAvgPool2d((2, 3))
        self.adaptive_max = nn.AdaptiveMaxPool2d(4)
        self.q2 = nn.ModuleList(identity() for _ in range(6))

    def forward(self, x):
        x = self.r(self.q(x))
        y = self.q2[0](self.avg(self.max(x)))
        return {
            "a": y,
            "b": [self.q2[1](self.adaptive(x)), self.adaptive_max(x)],
            "c": self.q2[2](F.avg_pool2d(F.max_pool2d(x, 2).value, (2, 3), stride=(1, 3), padding=(1, 1))),
            "d": self.q2[3](F.adaptive_avg_pool2d(x.value, 1)),
            "e": self.q2[4](x.value.mean([2, 3], keepdim=True)),
            "f": self.q2[5](torch.mean(x.value, dim=1)),
        }


class TruncPools(nn.Module):
    shapes = [(4, 8, 8)]

    def __init__(self):
        super().__init__()
        self.q = identity()
        self.r = relu()
        self.trunc = qnn.TruncAvgPool2d(2, return_quant_tensor=True)
        self.wide = qnn.TruncAvgPool2d((1, 3), stride=(1, 1), bit_width=6, return_quant_tensor=True)
        self.last = qnn.TruncAdaptiveAvgPool2d(1, return_quant_tensor=True)
        self.fc = qnn.QuantLinear(4, 3, bias=True)

    def forward(self, x):
        return self.fc(self.last(self.wide(self.trunc(self.r(self.q(x))))).flatten(1))


class Shapes(nn.Module):
    """Views, permutations, slices, pads and up-sampling."""

    shapes = [(6, 4, 5)]

    def __init__(self):
        super().__init__()
        self.q = identity()
        self.up = nn.Upsample(scale_factor=(2, 3))
        self.quant_up = qnn.QuantUpsample(scale_factor=2)
        self.pad = nn.ZeroPad2d((1, 2, 0, 3))
        self.conv = qnn.QuantConv2d(3, 4, 3)
        self.q_cat = identity()
        self.flatten = nn.Flatten()
        self.unflatten = nn.Unflatten(1, (2, -1))
        self.fc = qnn.QuantLinear(8, 3, bias=True)

    def forward(self, x):
        x = self.q(x)
        a, b = torch.chunk(x.value, 2, dim=1)
        a, b = self.q_cat(a), self.q_cat(b[:, :, ::2, 1:])
        a = self.conv(self.pad(self.quant_up(a)).value[..., 1:-1])
        c, *rest = b.value.transpose(1, 3).permute(0, 2, 3, 1).split([1, 1], dim=1)
        d = F.interpolate(torch.cat([c, rest[0]], dim=1), scale_factor=2)
        e = self.q_cat(F.pad(d, (0, 0, 1, 1, 2, 0)))
        f = self.unflatten(self.flatten(e).value)[:, 0, None].squeeze(1).reshape(1, -1, 8)
        g = self.fc(self.q_cat(f.mT.contiguous().movedim(2, 1)))
        return a, self.up(x), g.detach().clone()[:, -1]


class InPlace(nn.Module):
    """Operations that change their operand, and modules that do."""

    shapes = [(4, 6)]

    def __init__(self):
        super().__init__()
        self.q = identity()
        self.conv = qnn.QuantConv1d(4, 4, 3, padding=1, groups=2, bias=True)
        self.bn = nn.BatchNorm1d(4)
        self.relu = nn.ReLU(inplace=True)
        self.q_a, self.q_b = identity(), identity()
        self.drop = nn.Dropout(0.3)

    def forward(self, x):
        x = self.q(x)
        y = self.q_a(self.relu(self.bn(self.conv(x)))).value
        y = F.dropout(y, 0.5, self.training)
        y += x.value
        y.relu_()
        return self.q_b(self.drop(y))


class Functions(nn.Module):
    """Nonlinearities on raw sums and on 8-bit values."""

    shapes = [(8,)]

    def __init__(self):
        super().__init__()
        self.q = identity()
        self.fc = nn.ModuleList(qnn.QuantLinear(8, 8, bias=True) for _ in range(5))
        self.acts = nn.ModuleList([nn.SiLU(), nn.GELU(), nn.GELU(approximate="tanh"), nn.Sigmoid(), nn.Hardswish()])
        self.qs = nn.ModuleList(identity() for _ in range(9))
        self.quant_acts = nn.ModuleList([qnn.QuantSigmoid(), qnn.QuantTanh(), qnn.QuantHardTanh(max_val=1.0, min_val=-1.0)])

    def forward(self, x):
        x = self.q(x)
        found = [q(act(fc(x))) for q, act, fc in zip(self.qs, self.acts, self.fc)]
        found += [act(x) for act in self.quant_acts]
        found += [self.qs[5](F.softplus(x.value)), self.qs[6](torch.tanh(x.value)), self.qs[7](F.elu(x)), self.qs[8](F.hardsigmoid(x))]
        return found


class ControlFlow(nn.Module):
    """Loops, branches on shapes, a module that is called often, one that is a child of two, subclasses, an unused result."""

    shapes = [(4, 8, 8), (4, 4, 4)]

    class Conv(qnn.QuantConv2d):
        pass

    def __init__(self, rounds=2):
        super().__init__()
        self.rounds = rounds
        self.q = identity()
        self.conv = self.Conv(4, 4, 3, padding=1, bias=False)
        self.same = self.conv
        self.act = relu(act_quant=Int8ActPerTensorFloat)
        self.body = nn.Sequential(nn.Identity(), qnn.QuantIdentity(act_quant=None), qnn.QuantReLU(act_quant=None))

    def forward(self, x, y):
        x, y = self.q(x), self.q(y)
        for _ in range(self.rounds):
            x = self.act(self.same(x))
        x.value * 3.0 + torch.ones(1)  # leads nowhere
        if x.shape[-1] > y.shape[-1]:
            x = F.max_pool2d(x, x.shape[-1] // y.shape[-1])
        return self.body(sum([self.act(x), self.act(y)]))


class BitWidths(nn.Module):
    shapes = [(5,)]

    def __init__(self):
        super().__init__()
        self.q = qnn.QuantIdentity(bit_width=4)
        self.fc = nn.ModuleList(qnn.QuantLinear(5, 5, bias=True, weight_bit_width=bits) for bits in range(2, 9))
        self.acts = nn.ModuleList(qnn.QuantReLU(bit_width=bits) for bits in range(2, 9))
        self.narrow = qnn.QuantIdentity(bit_width=5, narrow_range=True)
        self.wide = qnn.QuantIdentity(bit_width=12)
        self.unsigned = qnn.QuantIdentity(act_quant=Uint8ActPerTensorFloat, bit_width=7)

    def forward(self, x):
        x = self.q(x)
        for fc, act in zip(self.fc, self.acts):
            x = act(fc(x))
        return self.narrow(x), self.wide(x), self.unsigned(x)


class Products(nn.Module):
    """Products of activations, factors, norms and softmax as functions; repeats and reversals."""

    shapes = [(2, 4, 8)]

    def __init__(self):
        super().__init__()
        self.q = nn.ModuleList(identity() for _ in range(10))
        self.unsigned = identity(act_quant=Uint8ActPerTensorFloat)
        self.norm = nn.LayerNorm((4, 8))
        self.groups = nn.GroupNorm(2, 2)

    def forward(self, x):
        q = iter(self.q)
        x = next(q)(x)
        y = next(q)(F.scaled_dot_product_attention(x.value, x.value.flip(2), x.value))
        z = next(q)(-(x.value @ (y.value / 3).mT))
        gate = next(q)(y.value * x.value - 0.5 * x.value)
        spectrum, polar = torch.fft.rfft(gate.value), next(q)
        return (
            self.unsigned(z.value.softmax(2)),
            next(q)(torch.bmm(x.value[:, 0], y.value[:, 0].transpose(1, 2)).mul(torch.tensor(0.25))),
            next(q)(self.norm(x.value)),
            next(q)(self.groups(y.value)),
            next(q)(F.layer_norm(gate.value, (8,), torch.linspace(-1, 2, 8), torch.ones(8))),
            torch.cat([polar(spectrum.abs()).value, polar(spectrum.angle()).value], dim=-1),
            x.value.repeat(1, 1, 2, 1),
            y.value.expand(1, 2, 4, 8).repeat_interleave(3, dim=2),
            torch.tile(gate.value, (1, 1, 3)),
            next(q)(x.value * gate.value[:, 1]),
        )


class Attention(nn.Module):
    """QuantMultiheadAttention with all of its quantisers; the batch axis is not the first within."""

    shapes = [(6, 16)]

    def __init__(self):
        super().__init__()
        self.q, self.last = identity(), identity()
        self.packed = qnn.QuantMultiheadAttention(16, 4, batch_first=True, softmax_input_quant=Int8ActPerTensorFloat)
        self.apart = qnn.QuantMultiheadAttention(16, 2, batch_first=True, packed_in_proj=False, out_proj_output_quant=Int8ActPerTensorFloat)

    def forward(self, x):
        x = self.q(x).value
        x = self.last(self.packed(x, x, x, need_weights=False)[0]).value
        return self.apart(x, x, x)[0]


MODELS = [InputAndOutputQuantisers, EltwiseLayers, Pools, TruncPools, Shapes, InPlace, Functions, ControlFlow, BitWidths, Products, Attention]


def settled(maker, seed=0):
    """A model with random weights whose activation scales have seen a few batches."""
    torch.manual_seed(seed)
    model = maker()
    model.train()
    for _ in range(3):
        with torch.no_grad():
            outputs = model(*(torch.randn(1, *shape) for shape in maker.shapes))
    assert outputs is not None
    return model
