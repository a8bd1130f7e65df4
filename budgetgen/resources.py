"""Where templates/ and config/ are: in the wheel, or in a checkout."""

from __future__ import annotations

from functools import cache
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


@cache
def root() -> Path:
    """The folder that holds `templates/` and `config/`.

    In a wheel they are carried inside the package (`budgetgen/_data`), in a checkout they stand beside it.
    """
    carried = _PACKAGE / "_data"
    return carried if carried.is_dir() else _PACKAGE.parent


def config(*parts: str) -> Path:
    """A file or folder under `config/`."""
    return root().joinpath("config", *parts)


def templates(*parts: str) -> Path:
    """A file or folder under `templates/`."""
    return root().joinpath("templates", *parts)
