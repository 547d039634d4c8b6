"""exact_formulas.py COUNT: each integer formula of bitwright.nn beside double precision on about COUNT outputs; prints {operator: {outputs, differ, most}}."""
import json
import math
import sys
import warnings

warnings.simplefilter("ignore")

import numpy as np
import torch

from bitwright import nn as own
from bitwright.nn import exact

COUNT = int(sys.argv[1])
torch.manual_seed(3)
torch.set_num_threads(1)


def compared(name, rows, made):
    """`made` gives integers and the reals that they round, before the clamp to i8 or u8."""
    outputs = differ = most = 0
    squares = 0.0
    while outputs < COUNT:
        integers, reals, low, high = made(rows)
        wanted = torch.round(reals.double()).clamp(low, high)
        distance = (integers - wanted).abs()
        outputs, differ, most = outputs + distance.numel(), differ + int((distance > 0).sum()), max(most, int(distance.max()))
        squares += float((distance**2).sum())
    return {"outputs": outputs, "differ": differ, "most": most, "rms": math.sqrt(squares / outputs)}


def rows_of(count, length):
    """Random rows, and flat ones, one-hot ones, the ends of the range."""
    x = torch.randint(-128, 128, (count, length))
    x[0], x[1], x[2], x[3] = 0, 127, -128, 0
    x[3, 0] = 127
    x[4] = torch.where(torch.arange(length) % 2 == 0, -128, 127)
    x[5:20] = torch.randint(-3, 4, (15, length))
    return x


def norm(centred):
    def made(count):
        scale, step = (float(torch.rand(()) * 0.05 + 0.003) for _ in range(2))
        step += 0.012
        x = rows_of(count, 96)
        gamma, beta = torch.randn(96), torch.randn(96) * centred
        layer = own.LayerNorm(96) if centred else own.RMSNorm(96)
        layer.weight.data = gamma
        if centred:
            layer.bias.data = beta
        normal = exact.normalise(x, scale, layer.eps, 128, centred)
        integers = own.norms._affine(normal, 96, gamma, beta if centred else None, step, -128, 127, -1)
        real = x.numpy().astype(np.longdouble) * np.longdouble(scale)
        deviation = real - real.mean(-1, keepdims=True) if centred else real
        root = np.sqrt((deviation**2).mean(-1, keepdims=True) + np.longdouble(layer.eps))
        wanted = (deviation / root * gamma.double().numpy() + (beta.double().numpy() if centred else 0)) / np.longdouble(step)
        return integers, torch.from_numpy(np.rint(wanted).astype(np.float64)), -128, 127

    return made


def softmax(count):
    scale, step = float(torch.rand(()) * 0.08 + 0.002), float(torch.rand(()) * 0.003 + 0.001)
    x = rows_of(count, 200)
    return exact.softmax(x, scale, step), torch.softmax(x.double() * scale, -1) / step, 0, 255


def rotary(count):
    layer, scale, step = own.Rotary(count, 16), float(torch.rand(()) * 0.02 + 0.01), float(torch.rand(()) * 0.02 + 0.01)
    x = torch.randint(-128, 128, (count, 16))
    turned = layer._turned(x, layer.cos, layer.sin)
    integers = exact.requantise([exact.Term(turned, [scale * 2.0**-22 / step], [128 * 1.5 * 2.0**22])], [0.0], -128, 127)
    angles = torch.arange(count).double()[:, None] * 10000.0 ** (-torch.arange(0, 16, 2).double() / 16)
    return integers, layer._turned(x.double(), angles.cos(), angles.sin()) * scale / step, -128, 127


def spectrum(part):
    def made(count):
        scale, step = float(torch.rand(()) * 0.02 + 0.01), float(torch.rand(()) * 0.02 + (0.1 if part == "magnitude" else 0.0247))
        x = torch.randint(-128, 128, (count, 40))
        re, im = exact.spectrum(x)
        found = torch.fft.rfft(x.double() * scale)
        if part == "magnitude":
            return exact.magnitude(re, im, scale, step), found.abs() / step, 0, 127
        clean = torch.complex(found.real, torch.where(found.imag.abs() < 1e-9, torch.zeros_like(found.imag), found.imag))
        return exact.phase(re, im, step), clean.angle() / step, -128, 127

    return made


def scan(count):
    """Realistic scales, learned by the layer itself; reals in double from the same 8-bit integers."""
    layer, quantisers = own.SelectiveScan(32, 8, 4), [own.quantiser() for _ in range(4)]
    given = lambda: [q(torch.randn(2, count, width)) for q, width in zip(quantisers, (32, 4, 8, 8))]  # noqa: E731
    layer.train()
    for _ in range(4):
        layer(*given())
    for module in (layer, *quantisers):
        module.eval()
    with torch.no_grad():
        inputs = given()
        y = layer(*inputs)
        x, dt, b, c = (part.value.double() for part in inputs)
        weights = layer.dt_proj.quant_weight().value.double()
        step = torch.nn.functional.softplus(dt @ weights.T + layer.dt_proj.bias.double(), threshold=1e9)
        decay, h, found = torch.exp(-step.unsqueeze(-1) * layer._decay()), 0.0, []
        for token in range(count):
            h = decay[:, token] * h + (step * x)[:, token].unsqueeze(-1) * b[:, token].unsqueeze(1)
            found.append((h * c[:, token].unsqueeze(1)).sum(-1))
        reals = (torch.stack(found, 1) + layer.D.double() * x) / float(y.scale)
    return torch.round(y.value / y.scale).long(), reals, -128, 127


t = torch.randint(0, 23 * 2**24, (COUNT,))
p = torch.randint(-127 * 2**16, 127 * 2**16, (COUNT,))
found = {
    "LayerNorm": compared("LayerNorm", 300, norm(True)),
    "RMSNorm": compared("RMSNorm", 300, norm(False)),
    "Softmax": compared("Softmax", 200, softmax),
    "Rotary": compared("Rotary", 400, rotary),
    "magnitude": compared("magnitude", 500, spectrum("magnitude")),
    "phase": compared("phase", 500, spectrum("phase")),
    "SelectiveScan": compared("SelectiveScan", 64, scan),
    "exponential": float((exact.exponential(t) - 2.0**30 * torch.exp(-t.double() / 2**24)).abs().max()),
    "softplus": float((exact.softplus(p) * 2.0**-24 - torch.nn.functional.softplus(p.double() / 2**16, threshold=1e9)).abs().max()),
}
print(json.dumps(found))
