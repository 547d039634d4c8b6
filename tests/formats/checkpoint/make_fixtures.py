"""Writes tests/fixtures/checkpoint/ with a real PyTorch: python tests/formats/checkpoint/make_fixtures.py

For each file name.pth, the tensors as they must be read are in name.npz-like folders of .npy: name/<tensor>.npy.
"""
import argparse
import collections
import io
import pathlib
import shutil
import zipfile

import numpy as np
import torch

HERE = pathlib.Path(__file__).resolve().parents[2] / "fixtures" / "checkpoint"


def tensors() -> "collections.OrderedDict[str, torch.Tensor]":
    torch.manual_seed(1)
    base = torch.arange(24, dtype=torch.float32).reshape(2, 3, 4) - 7.5
    state = collections.OrderedDict()
    state["dense"] = torch.randn(3, 5)
    state["scalar"] = torch.tensor(0.020787402987480164)
    state["empty"] = torch.zeros(0, 4)
    state["transposed"] = base.permute(2, 0, 1)
    state["sliced"] = base[:, 1:, ::2]
    state["shared"] = base
    state["expanded"] = torch.tensor([1.5, -2.0]).expand(3, 2)
    state["repeated"] = torch.tensor(2.5).expand(3)
    state["tail"] = torch.arange(100, dtype=torch.float32)[90:]
    state["parameter"] = torch.nn.Parameter(torch.tensor([[1.0, -1.0]]))
    state["special"] = torch.tensor([float("nan"), float("inf"), -float("inf"), -0.0, 1e-45])
    return state


def typed() -> "collections.OrderedDict[str, torch.Tensor]":
    state = collections.OrderedDict()
    values = [0, 1, -1, 2, 100, -128]
    for dtype in (torch.int8, torch.int16, torch.int32, torch.int64, torch.float32, torch.float64):
        state[str(dtype)] = torch.tensor(values, dtype=dtype)
    state["torch.uint8"] = torch.tensor([0, 1, 255], dtype=torch.uint8)
    state["torch.bool"] = torch.tensor([True, False, True])
    floats = torch.tensor([0.0, -0.0, 1.0, -2.5, 65504.0, 6e-8, 5.960464477539063e-08, 6.103515625e-05, 0.1, float("inf"), float("nan")])
    state["torch.float16"] = floats.to(torch.float16)
    state["torch.bfloat16"] = torch.cat([floats, torch.tensor([3.3e38, 1e-40])]).to(torch.bfloat16)
    return state


def unsigned() -> "collections.OrderedDict[str, torch.Tensor]":
    state = collections.OrderedDict()
    state["torch.uint16"] = torch.tensor([0, 1, 65535], dtype=torch.uint16)
    state["torch.uint32"] = torch.tensor([0, 1, 2**32 - 1], dtype=torch.uint32)
    return state


def training() -> dict:
    """What the training scripts of timm, DeiT and Swin save beside the model."""
    model = torch.nn.Linear(3, 2)
    with torch.no_grad():
        model.weight.copy_(torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]))
        model.bias.copy_(torch.tensor([0.5, -0.5]))
    optimizer = torch.optim.AdamW(model.parameters())
    model(torch.ones(1, 3)).sum().backward()
    optimizer.step()
    with torch.no_grad():
        model.weight.copy_(torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]))
        model.bias.copy_(torch.tensor([0.5, -0.5]))
    state = collections.OrderedDict((f"module.{name}", value) for name, value in model.state_dict().items())
    return {
        "epoch": 7,
        "arch": "linear",
        "best": np.float64(81.5),
        "history": np.arange(4),
        "args": argparse.Namespace(lr=1e-4, path=pathlib.PurePosixPath("data"), device=torch.device("cpu"), dtype=torch.float32),
        "seen": {1, 2, 3},
        "frozen": frozenset([1]),
        "large": 2**80,
        "blob": b"\x00\x01\xff",
        "optimizer": optimizer.state_dict(),
        "model": state,
    }


def refused() -> "collections.OrderedDict[str, object]":
    state = collections.OrderedDict()
    state["fine"] = torch.tensor([1.0])
    state["complex"] = torch.tensor([1 + 2j])
    state["quantised"] = torch.quantize_per_tensor(torch.tensor([1.0, 2.0]), 0.1, 0, torch.qint8)
    state["sparse"] = torch.eye(2).to_sparse()
    state["float8"] = torch.tensor([1.0]).to(torch.float8_e4m3fn)
    state["object"] = argparse.Namespace(a=1)
    state["beyond"] = torch.tensor([2**60 + 1])
    return state


def on_cuda(data: bytes) -> bytes:
    """The same file as a GPU writes it: the device stands in the persistent ids, 'cuda:0' in place of 'cpu'."""
    short, long = b"X\x03\x00\x00\x00cpu", b"X\x06\x00\x00\x00cuda:0"
    return rewritten(data, {"data.pkl": lambda pickle: pickle.replace(short, long)})


def big_endian(data: bytes) -> bytes:
    """The same float32 file as a big-endian machine writes it."""
    swap = lambda entry: np.frombuffer(entry, "<f4").astype(">f4").tobytes()
    return rewritten(data, {"byteorder": lambda _: b"big", "data/": swap})


def rewritten(data: bytes, changes: dict) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as new:
        for info in old.infolist():
            entry = old.read(info)
            name = info.filename.split("/", 1)[1]
            for prefix, change in changes.items():
                if name.startswith(prefix):
                    entry = change(entry)
            new.writestr(zipfile.ZipInfo(info.filename), entry)
    return out.getvalue()


def zip64(data: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as new:
        for info in old.infolist():
            with new.open(zipfile.ZipInfo(info.filename), "w", force_zip64=True) as entry:
                entry.write(old.read(info))
    return out.getvalue()


def compressed(data: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for info in old.infolist():
            new.writestr(info.filename, old.read(info))
    return out.getvalue()


def saved(value: object, **options: object) -> bytes:
    out = io.BytesIO()
    torch.save(value, out, **options)
    return out.getvalue()


def expect(folder: str, state: dict) -> None:
    target = HERE / folder
    target.mkdir()
    for name, value in state.items():
        value = value.detach()
        exact = value.float() if value.dtype in (torch.float16, torch.bfloat16) else value.to(torch.uint8) if value.dtype is torch.bool else value
        np.save(target / f"{name}.npy", np.ascontiguousarray(exact.numpy()) if exact.dim() else exact.numpy())


def main() -> None:
    shutil.rmtree(HERE, ignore_errors=True)
    HERE.mkdir(parents=True)
    write = lambda name, data: (HERE / f"{name}.pth").write_bytes(data)
    for protocol in (2, 3, 4, 5):
        write(f"views-zip-{protocol}", saved(tensors(), pickle_protocol=protocol))
        write(f"views-legacy-{protocol}", saved(tensors(), pickle_protocol=protocol, _use_new_zipfile_serialization=False))
    write("typed-zip", saved(typed()))
    write("typed-legacy", saved(typed(), _use_new_zipfile_serialization=False))
    write("unsigned-zip", saved(unsigned()))
    write("unsigned-legacy", saved(unsigned(), _use_new_zipfile_serialization=False))
    write("training-zip", saved(training()))
    write("training-legacy-4", saved(training(), pickle_protocol=4, _use_new_zipfile_serialization=False))
    write("refused", saved(refused()))
    plain = collections.OrderedDict(a=torch.arange(6.0).reshape(2, 3), b=torch.tensor([-1.5]))
    write("plain", saved(plain))
    write("cuda", on_cuda(saved(plain)))
    write("big-endian", big_endian(saved(plain)))
    write("zip64", zip64(saved(plain)))
    write("compressed", compressed(saved(plain)))
    write("wrapped", saved({"state_dict": plain, "epoch": 1}))
    write("whole-model", saved(torch.nn.Linear(2, 1)))
    torch.jit.save(torch.jit.script(torch.nn.Linear(2, 1)), HERE / "script.pth")
    expect("views", tensors())
    expect("typed", typed())
    expect("unsigned", unsigned())
    expect("plain", plain)


if __name__ == "__main__":
    main()
