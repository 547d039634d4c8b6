"""The formulas of docs/ares.md in NumPy, read from the description of that system and from nothing in src/.

python3 reference.py DIRECTORY...: computes every layer of network_info.json for each test_cases/test_case_N and writes its golden tensors there.
"""

import json
import pathlib
import sys

import numpy as np

f32 = np.float32


def clip8(values):
    return np.clip(values, -128, 127).astype(np.int8)


def quantise(x, scale):
    return clip8(np.rint(x / f32(scale)))


def dequantise(q, scale):
    return q.astype(f32) * f32(scale)


def int32_bias(bias, scale):
    return np.rint(bias / f32(scale)).astype(np.int64)


def windows(x, kernel, stride):
    view = np.lib.stride_tricks.sliding_window_view(x, kernel, axis=(2, 3))
    return view[:, :, :: stride[0], :: stride[1]]


def zero_padded(x, left, right, top, bottom):
    return np.pad(x, ((0, 0), (0, 0), (top, bottom), (left, right)))


def conv2d(x, layer, s_x, s_y):
    w, b, groups = layer["w"].astype(np.float64), layer["b"], layer["groups"]  # float64 products are exact here
    p = layer["padding"]
    patches = windows(zero_padded(x, p[1], p[1], p[0], p[0]).astype(np.float64), layer["kernel_size"], layer["stride"])
    parts = zip(np.split(patches, groups, axis=1), np.split(w, groups, axis=0))
    acc = np.concatenate([np.tensordot(v, u, axes=((1, 4, 5), (1, 2, 3))).transpose(0, 3, 1, 2) for v, u in parts], axis=1).astype(np.int64)
    s = s_x * layer["scale_weight"]
    acc = acc + int32_bias(b, s).reshape(1, -1, 1, 1)
    return clip8(np.rint(acc.astype(f32) * f32(s / s_y)))


def linear(x, layer, s_x, s_y):
    if x.ndim > 2 and x.shape[-1] != layer["in_features"]:
        x = x.reshape(x.shape[0], -1)
    acc = x.astype(np.int64) @ layer["w"].astype(np.int64).T
    s = s_x * layer["scale_weight"]
    if s_y is None:
        return acc.astype(f32) * f32(s) + layer["b"]
    y = (acc + int32_bias(layer["b"], s)).astype(f32) * f32(s)
    return quantise(y, s_y)


def requantise(x, s_in, s_out):
    return clip8(np.floor(x.astype(f32) * f32(s_in / s_out) + f32(0.5)))


def approximate_root(x):
    if x <= 0 or x == 1:
        return f32(max(x, 0))
    guess = ((1 << 29) + (x.view(np.int32) >> 1) - (1 << 22)).astype(np.int32).view(f32)
    root = x if x < f32(0.01) else guess
    for _ in range(12):
        root = f32(0.5) * (root + x / root)
    return root


def norm(x, layer, centred):
    """Row by row and number by number, each a float32: the order of the sums is part of the formula."""
    gamma = np.array(layer["weight"], f32)
    beta = np.array(layer["bias"], f32) if centred else np.zeros_like(gamma)

    def mean(values):
        total = f32(0)
        for value in values:
            total = total + value
        return total / f32(len(values))

    def row(values):
        distances = values - mean(values) if centred else values
        root = approximate_root(mean(distances * distances) + f32(layer["eps"]))
        return gamma * distances / root + beta

    return np.apply_along_axis(row, -1, x)


def run(layers, inputs):
    values, scales, last_of, snapshot = {}, {}, {}, None
    branched = len(inputs) > 1
    for at, layer in enumerate(layers):
        name, kind = layer["name"], layer["type"]
        branch = next((i for i, prefix in enumerate(("eeg_", "ppg_")) if branched and name.startswith(prefix)), None)
        previous = last_of.get(branch if branch is not None else "any")
        if ".conv1" in name:
            snapshot = previous
        source = snapshot if kind == "QuantConv2d" and ".shortcut" in name else previous
        x = values[source] if source else inputs[branch or 0]
        s_x = scales.get(source)
        behind = layers[at + 1 :]
        ahead = next((l["scale"] for l in behind if l["type"] in ("QuantIdentity", "QuantReLU")), 1.0)
        # a quantiser belongs to a pool only if it reads the pool: not if it is the first of the other branch
        adjacent = behind and behind[0]["type"] == "QuantIdentity" and (not branched or behind[0]["name"][:4] == name[:4])
        pooled = behind[0]["scale"] if adjacent else s_x
        s_y = s_x
        if kind == "QuantIdentity":
            s_y = layer["scale"]
            y = quantise(x, s_y) if x.dtype == f32 else requantise(x, s_x, s_y)
        elif kind == "QuantReLU":
            s_y = layer["scale"]
            y = np.maximum(x, 0)
            y = y if s_x == s_y else quantise(dequantise(y, s_x), s_y)
        elif kind == "QuantConv2d":
            s_y = ahead
            y = conv2d(x, layer, s_x, s_y)
        elif kind == "QuantLinear":
            s_y = layer["scale_output"] if behind else None
            y = linear(x, layer, s_x, s_y)
        elif kind == "MaxPool2d":
            p = layer["padding"]
            least = np.pad(x, ((0, 0), (0, 0), (p[0], p[0]), (p[1], p[1])), constant_values=-128)
            y = windows(least, layer["kernel_size"], layer["stride"] or layer["kernel_size"]).max(axis=(4, 5))
        elif kind == "AvgPool2d":
            s_y, p = pooled, layer["padding"]
            total = windows(zero_padded(x, p[1], p[1], p[0], p[0]).astype(np.int64), layer["kernel_size"], layer["stride"]).sum(axis=(4, 5))
            y = clip8(np.rint(total / np.prod(layer["kernel_size"]) * s_x / s_y))
        elif kind == "GlobalAvgPool":
            s_y = pooled
            total = x.astype(np.int64).sum(axis=(2, 3), keepdims=True)
            y = clip8(np.floor(total / (x.shape[2] * x.shape[3]) * s_x / s_y + 0.5))
        elif kind == "AdaptiveAvgPool1d":
            count = x.shape[2] // layer["output_size"]
            total = x.astype(np.int64).reshape(*x.shape[:2], layer["output_size"], count).sum(axis=3)
            y = np.trunc((total + count // 2) / count).astype(np.int8)
        elif kind == "Add":
            a, b = layer["inputs"]
            s_y = layer["scale_output"]
            y = quantise(dequantise(values[a], scales[a]) + dequantise(values[b], scales[b]), s_y)
        elif kind == "Concatenate":
            s_y = layer["scale_output"]
            parts = [
                values[i] if np.isclose(scales[i], s_y) else clip8(np.rint(values[i].astype(f32) * f32(scales[i] / s_y))) for i in layer["inputs"]
            ]
            y = np.concatenate(parts, axis=layer["dim"])
        elif kind == "Mean":
            s_y = layer["scale_output"]
            rows = np.moveaxis(dequantise(x, s_x), layer["dim"], 0)
            y = f32(0) * rows[0]
            for row in rows:
                y = y + row
            y = quantise(y / f32(len(rows)), s_y)
            y = np.expand_dims(y, layer["dim"]) if layer["keepdim"] else y
        elif kind == "SiLU":
            s_y = layer["scale_output"]
            q = np.arange(-128, 128) * s_x
            y = clip8(np.rint(q / (1 + np.exp(-q)) / s_y))[x.astype(int) + 128]
        elif kind in ("LayerNorm", "RMSNorm"):
            s_y = pooled
            y = quantise(norm(dequantise(x, s_x), layer, kind == "LayerNorm"), s_y)
        elif kind == "GELU":
            s_y = layer["scale_output"]
            q = np.arange(-128, 128) * s_x
            gate = 1 + np.tanh(np.sqrt(2 / np.pi) * (q + 0.044715 * q**3))
            y = clip8(np.rint(0.5 * q * gate / s_y))[x.astype(int) + 128]
        elif kind == "Conv1dDepthwise":
            s_y, size = layer["scale_output"], layer["kernel_size"]
            view = np.lib.stride_tricks.sliding_window_view(np.pad(x, ((0, 0), (0, 0), (size - 1, 0))).astype(np.int64), size, axis=2)
            s = s_x * layer["scale_weight"]
            acc = np.einsum("bcsk,ck->bcs", view, layer["w"].astype(np.int64)) + int32_bias(layer["b"], s).reshape(1, -1, 1)
            y = clip8(np.rint(acc.astype(f32) * f32(s / s_y)))
        elif kind == "ZeroPad2d":
            y = zero_padded(x, *layer["padding"])
        elif kind == "Flatten":
            y = x.reshape(*x.shape[: layer["start_dim"]], -1)
        elif kind == "Permute":
            y = x.transpose(layer["dims"])
        elif kind == "Reshape":
            y = x.reshape(layer["shape"])
        elif kind == "Squeeze":
            y = x.squeeze(layer["dim"])
        else:
            raise NotImplementedError(kind)
        values[name], scales[name] = y, s_y
        for key in (branch, "any"):
            last_of[key] = name
    return values


def load(directory):
    info = json.loads((directory / "network_info.json").read_text())
    layers = [info[name] for name in info["__layer_order__"]]
    for layer in layers:
        if "scale_weight" in layer:
            layer["w"] = np.load(directory / "weights" / f"{layer['name']}_weight_int8.npy")
            layer["b"] = np.load(directory / "weights" / f"{layer['name']}_bias_fp32.npy")
            assert layer["w"].tolist() == layer["weight_int8"]
    return layers


def main(directory):
    layers = load(directory)
    for case in sorted((directory / "test_cases").glob("test_case_*")):
        values = run(layers, [np.load(path) for path in sorted(case.glob("input*_fp32.npy"))])
        (case / "intermediate_int8").mkdir(exist_ok=True)
        described = {}
        for name, value in values.items():
            if value.dtype == np.int8:
                file = f"intermediate_int8/{name}_int8.npy"
                np.save(case / file, np.ascontiguousarray(value))
                described[name] = {"shape": list(value.shape), "min": int(value.min()), "max": int(value.max()), "file": file}
        output = values[layers[-1]["name"]]
        np.save(case / "output_fp32.npy", output.astype(f32))
        case_id = int(case.name.rsplit("_", 1)[1])
        metadata = {"test_case_id": case_id, "output_shape": list(output.shape), "predicted_class": int(output.argmax()), "layers": described}
        (case / "metadata.json").write_text(json.dumps(metadata))


for argument in sys.argv[1:]:
    main(pathlib.Path(argument))
