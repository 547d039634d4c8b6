"""What the commands of this package share: one line on standard error and exit code 2 where the user has to do something."""
from __future__ import annotations

import argparse
import sys
from typing import NoReturn


class Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        stop(message)


def stop(sentence: str) -> NoReturn:
    print(f"bitwright: {' '.join(sentence.split())}", file=sys.stderr)
    sys.exit(2)
