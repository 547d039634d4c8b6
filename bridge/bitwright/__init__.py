"""The bridge: traces a Brevitas model in the user's own environment into a bundle that bitwright reads."""
from .errors import Refused
from .export import export

__all__ = ["export", "Refused"]
__version__ = "0.1.0"
