"""python -m bitwright --model-file F --out DIR: one line on standard error and exit code 2 where the user has to do something."""
from __future__ import annotations

import argparse
import os
import signal
import sys
import warnings
from typing import List

from .command import Parser, stop


def _parse(arguments: List[str]) -> argparse.Namespace:
    parser = Parser(prog="python -m bitwright", description="Traces a Brevitas model into a bundle that bitwright reads.")
    parser.add_argument("--model-file", required=True, help="the Python file that defines the model")
    parser.add_argument("--model-class", help="its class; create_model() is called when none is named")
    parser.add_argument("--checkpoint", help="a state_dict saved with torch.save")
    parser.add_argument("--sample", action="append", default=[], help="a .npy file, axis 0 counts samples; once for each input")
    parser.add_argument("--input-shape", action="append", default=[], help="such as 1,3,32,32: four samples are made up; once for each input")
    parser.add_argument("--init-kwarg", action="append", default=[], metavar="NAME=VALUE", help="an argument of the class or of create_model")
    parser.add_argument("--name", help="the network's name; the file's by default")
    parser.add_argument("--out", required=True, help="the bundle's directory")
    parser.add_argument("--progress", action="store_true", help="prints `progress k/n` after each sample")
    options = parser.parse_args(arguments)
    if bool(options.sample) == bool(options.input_shape):
        parser.error("give either --sample or --input-shape")
    return options


def main(arguments: List[str]) -> None:
    options = _parse(arguments)
    warnings.simplefilter("ignore")
    try:
        import numpy  # noqa: F401
        import torch  # noqa: F401
    except ImportError:
        stop("this Python has no PyTorch: install torch and brevitas in it, or choose another with --python")
    from .errors import Refused

    try:
        _export(options)
    except Refused as refused:
        stop(str(refused))


def _export(options: argparse.Namespace) -> None:
    from . import load
    from .compatibility import import_brevitas
    from .export import export

    import_brevitas()
    samples = [load.load_sample(path) for path in options.sample]
    samples += [load.make_samples(text, seed) for seed, text in enumerate(options.input_shape)]
    module = load.import_file(options.model_file)
    model = load.build(module, options.model_file, options.model_class, load.parse_arguments(options.init_kwarg))
    if options.checkpoint:
        load.load_checkpoint(model, options.checkpoint)
    progress = (lambda done, total: print(f"progress {done}/{total}", flush=True)) if options.progress else None
    export(model, tuple(samples), options.out, options.name or os.path.splitext(os.path.basename(options.model_file))[0], progress)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))  # so that nothing half-written is left
    try:
        main(sys.argv[1:])
    except KeyboardInterrupt:
        sys.exit(128 + signal.SIGINT)
