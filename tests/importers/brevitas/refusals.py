"""refusals.py DIRECTORY: runs the bridge's command line on mistakes, and prints { case: [exit code, standard error] } as JSON."""
import contextlib
import io
import json
import os
import sys

import numpy as np
import torch

from bitwright.__main__ import main

os.chdir(sys.argv[1])


class Executed:
    """A pickle that makes a directory when it is loaded."""

    def __reduce__(self):
        return os.mkdir, ("executed",)


MODEL = """
import torch
import torch.nn.functional as F
from torch import nn
import brevitas.nn as qnn

class Net(nn.Module):
    def __init__(self, width=4):
        super().__init__()
        self.q = qnn.QuantIdentity(bit_width=8, return_quant_tensor=True)
        self.fc = qnn.QuantLinear(6, width, bias=True)

    def forward(self, x):
        x = self.q(x)
        {forward}
"""
FORWARDS = {
    "good": "return self.fc(x)",
    "parameter": "return self.fc(x) + self.fc.bias",
    "buffer in cat": "return self.fc(x), torch.cat([x.value, torch.zeros(1, 2)], dim=1)",
    "item": "return self.fc(x) if x.value.sum().item() > 0 else self.fc(x)",
    "branch": "return self.fc(x) if x.value.sum() > 0 else x",
    "numpy": "return self.fc(torch.from_numpy(x.value.numpy()))",
    "assignment": "y = x.value.clone(); y[:, 0] = 0; return self.fc(y)",
    "changed view": "y = self.fc(x); y.view(-1).relu_(); return y + 0 * y",
    "constant": "return torch.ones(1, 3)",
    "nothing": "return 3",
    "broken": "return self.fc(x.value.reshape(1, 2, 3))",
    "samples": "return self.fc(x) if int(x.scale.item() * 0 + len(self.__dict__.setdefault('runs', []))) + (self.runs.append(1) or 0) < 2 else self.q(self.fc(x))",
}
for name, forward in FORWARDS.items():
    with open(f"{name.replace(' ', '_')}.py", "w") as file:
        file.write(MODEL.replace("{forward}", forward))
FILES = {
    "syntax.py": "def forward(:\n",
    "raises.py": "x = 1\nraise ValueError('no data set')\n",
    "exits.py": "import sys\nsys.exit(3)\n",
    "empty.py": "x = 1\n",
    "several.py": "from torch import nn\nclass A(nn.Module): pass\nclass B(nn.Module): pass\n",
    "number.py": "def create_model():\n    return 3\n",
    "text.npy": "hello",
    "text.pth": "hello",
}
for name, text in FILES.items():
    with open(name, "w") as file:
        file.write(text)
np.save("two.npy", np.zeros((2, 6), np.float32))
np.save("three.npy", np.zeros((3, 6), np.float32))
np.save("none.npy", np.zeros((0, 6), np.float32))
np.save("objects.npy", np.array([{"a": 1}], dtype=object), allow_pickle=True)
np.save("complex.npy", np.zeros((2, 6), complex))
with open("three.npy", "rb") as whole, open("truncated.npy", "wb") as part:
    part.write(whole.read()[:150])
torch.save({"q": Executed()}, "malicious.pth")
torch.save({"fc.weight": torch.zeros(4, 6)}, "missing.pth")
torch.save({"fc.weight": torch.zeros(5, 6)}, "shape.pth")
torch.save([1, 2], "list.pth")
with open("missing.pth", "rb") as whole, open("truncated.pth", "wb") as part:
    part.write(whole.read()[:300])
os.mkdir("full")
open("full/precious.txt", "w").close()

good, out = ["--model-file", "good.py"], ["--out", "out"]
two = ["--sample", "two.npy"]
CASES = {
    "no arguments": [],
    "both samples and shape": [*good, *two, "--input-shape", "1,6", *out],
    "no file": ["--model-file", "absent.py", *two, *out],
    "syntax": ["--model-file", "syntax.py", *two, *out],
    "raises": ["--model-file", "raises.py", *two, *out],
    "exits": ["--model-file", "exits.py", *two, *out],
    "no class": ["--model-file", "empty.py", *two, *out],
    "several classes": ["--model-file", "several.py", *two, *out],
    "unknown class": [*good, "--model-class", "Nett", *two, *out],
    "create_model": ["--model-file", "number.py", *two, *out],
    "constructor": [*good, "--init-kwarg", "depth=3", *two, *out],
    "malformed argument": [*good, "--init-kwarg", "depth", *two, *out],
    "no checkpoint": [*good, "--checkpoint", "absent.pth", *two, *out],
    "malicious checkpoint": [*good, "--checkpoint", "malicious.pth", *two, *out],
    "text checkpoint": [*good, "--checkpoint", "text.pth", *two, *out],
    "truncated checkpoint": [*good, "--checkpoint", "truncated.pth", *two, *out],
    "list checkpoint": [*good, "--checkpoint", "list.pth", *two, *out],
    "missing keys": [*good, "--checkpoint", "missing.pth", *two, *out],
    "other shape": [*good, "--checkpoint", "shape.pth", *two, *out],
    "no sample": [*good, "--sample", "absent.npy", *out],
    "truncated sample": [*good, "--sample", "truncated.npy", *out],
    "text sample": [*good, "--sample", "text.npy", *out],
    "pickled sample": [*good, "--sample", "objects.npy", *out],
    "complex sample": [*good, "--sample", "complex.npy", *out],
    "empty sample": [*good, "--sample", "none.npy", *out],
    "other counts": [*good, *two, "--sample", "three.npy", *out],
    "malformed shape": [*good, "--input-shape", "1,six", *out],
    "shape of a batch": [*good, "--input-shape", "8,6", *out],
    "wrong shape": [*good, "--input-shape", "1,7", *out],
    "foreign directory": [*good, *two, "--out", "full"],
    "a file in the way": [*good, *two, "--out", "good.py"],
    **{name: ["--model-file", f"{name.replace(' ', '_')}.py", "--sample", "three.npy", *out] for name in FORWARDS},
}


def run(arguments):
    errors = io.StringIO()
    with contextlib.redirect_stderr(errors), contextlib.redirect_stdout(io.StringIO()):
        try:
            main(arguments)
            code = 0
        except SystemExit as end:
            code = end.code
    return [code, errors.getvalue()]


found = {name: run(arguments) for name, arguments in CASES.items()}
print(json.dumps({"cases": found, "executed": os.path.exists("executed"), "left": sorted(os.listdir("."))}))
