"""The command ``lightmlp``."""

from .command import main

__all__ = ["main"]
