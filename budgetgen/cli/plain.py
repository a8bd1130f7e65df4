"""Values of the command line read as what they are: texts, paths and switches.

Typer hands even a plain text to pydantic, whose import takes longer than reading, computing and checking a unit. Here it
is handed to the type itself. A Typer that asks for values in another way than `get_runtime_param` is left alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

_KINDS: dict[Any, type] = {bool: bool, str: str, Path: Path, list[str]: str, list[Path]: Path}


class _Plain(NamedTuple):
    """Reads the values of one parameter; Typer calls `coerce`."""

    kind: type

    def coerce(self, value: Any, param: Any, ctx: Any) -> Any:  # noqa: ARG002 - Typer's interface
        """The value or values that were given; None, or none, where the parameter was not."""
        many = param.multiple or param.nargs == -1
        if value is None:
            return () if many else None
        return [self.kind(one) for one in value] if many else self.kind(value)


def read_plainly(params: Sequence[Any]) -> Sequence[Any]:
    """`params`, of which Typer reads each that is a text, a path, a list of them, or a switch without pydantic."""
    for param in params:
        kind = _KINDS.get(getattr(getattr(param, "type_descriptor", None), "annotation", None))
        if kind is not None and hasattr(param, "get_runtime_param"):
            param.get_runtime_param = partial(_Plain, kind)
    return params
