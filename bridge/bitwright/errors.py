"""The one error that a user sees."""


class Refused(Exception):
    """One sentence: where, what was found, what to do. Anything else that escapes is a bug of the bridge."""


def one_line(error: BaseException) -> str:
    """The error's kind and the first sentence of its text."""
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0].split('. ')[0].rstrip('.')[:200]}" if lines else type(error).__name__
