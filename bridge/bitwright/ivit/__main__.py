"""
python -m bitwright.ivit --checkpoint F (--images F.npy --out DIR | --serve): the integers of every module, in PyTorch.

With --serve pictures come on standard input, float32 one behind the other, and a frame for each goes to standard output: 8 bytes of its
length, little-endian, then a safetensors file. The frame before the first tells the versions in its metadata. One line on standard error and exit
code 2 where the user has to do something.
"""
from __future__ import annotations

import argparse
import os
import signal
import sys
import warnings
from typing import TYPE_CHECKING, BinaryIO, List

from ..command import Parser, stop

if TYPE_CHECKING:
    from .dumps import Dumper


def _parse(arguments: List[str]) -> argparse.Namespace:
    parser = Parser(prog="python -m bitwright.ivit", description="Writes the integers that every module of an I-ViT model computes in PyTorch.")
    parser.add_argument("--checkpoint", required=True, help="a state_dict of I-ViT")
    parser.add_argument("--heads", type=int, help="heads of each attention of a DeiT; one for each 64 channels by default")
    parser.add_argument("--ivit-repo", help="a checkout of zkkli/I-ViT, whose modules are run in place of the ones here")
    parser.add_argument("--images", help="a .npy file, float32 [pictures, 3, side, side], normalised")
    parser.add_argument("--out", help="a directory: dump.safetensors with what is computed of --images is written there")
    parser.add_argument("--serve", action="store_true", help="pictures on standard input, what is computed of each on standard output")
    options = parser.parse_args(arguments)
    if options.serve == bool(options.images) or bool(options.images) != bool(options.out):
        parser.error("give --images and --out, or --serve")
    return options


def main(arguments: List[str]) -> None:
    options = _parse(arguments)
    warnings.simplefilter("ignore")
    from ..errors import Refused

    try:
        _run(options)
    except Refused as refused:
        stop(str(refused))


def _run(options: argparse.Namespace) -> None:
    from .dumps import Dumper

    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a model prints is no answer
    dumper = Dumper(options.checkpoint, options.heads, options.ivit_repo)
    if options.serve:
        _serve(dumper, answers)
    else:
        _write(dumper, options.images, options.out)


def _serve(dumper: Dumper, answers: BinaryIO) -> None:
    import numpy as np
    import torch

    from ..safetensors import to_bytes

    def answer(frame: bytes) -> None:
        answers.write(len(frame).to_bytes(8, "little") + frame)
        answers.flush()

    answer(to_bytes({}, {"torch": torch.__version__, "modules": dumper.modules}))
    sizes = dumper.sizes
    count = sizes.colours * sizes.image**2
    while len(data := sys.stdin.buffer.read(4 * count)) == 4 * count:
        answer(to_bytes(dumper.run(np.frombuffer(data, "<f4").reshape(1, sizes.colours, sizes.image, sizes.image))))


def _write(dumper: Dumper, images: str, directory: str) -> None:
    from ..load import load_sample
    from ..safetensors import to_bytes

    tensors = dumper.run(load_sample(images))
    os.makedirs(directory, exist_ok=True)
    path = os.path.join(directory, "dump.safetensors")
    with open(f"{path}.tmp", "wb") as file:
        file.write(to_bytes(tensors))
    os.replace(f"{path}.tmp", path)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    try:
        main(sys.argv[1:])
    except (KeyboardInterrupt, BrokenPipeError):
        os._exit(128 + signal.SIGINT)
