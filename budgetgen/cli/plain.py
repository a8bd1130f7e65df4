"""Values of the command line read as what they are: texts, paths, switches, and what was not given.

Typer hands even a plain text to pydantic, whose import takes longer than reading, computing and checking a unit. Here it
is handed to the type itself; whatever is not plain goes Typer's way. A Typer that asks for values in another way than
`get_runtime_param` is left alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import Enum
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

_KINDS: dict[Any, type] = {bool: bool, str: str, Path: Path, list[str]: str, list[Path]: Path}


class _Plain(NamedTuple):
    """Reads the values of one parameter; Typer calls `coerce`."""

    kind: type | None
    usual: Callable[[], Any]
    """How Typer itself reads it."""

    def coerce(self, value: Any, param: Any, ctx: Any) -> Any:
        """The value or values that were given; None, or none, where the parameter was not."""
        many = param.multiple or param.nargs == -1
        if value is None:
            return () if many else None
        if self.kind is None:
            return self.usual().coerce(value, param=param, ctx=ctx)
        try:
            return [self.kind(one) for one in value] if many else self.kind(value)
        except ValueError:  # told in Typer's words
            return self.usual().coerce(value, param=param, ctx=ctx)


def read_plainly(params: Sequence[Any]) -> Sequence[Any]:
    """`params`, of which Typer reads what is plain without pydantic."""
    for param in params:
        usual = getattr(param, "get_runtime_param", None)
        if usual is not None and not isinstance(usual, partial):
            param.get_runtime_param = partial(_Plain, _kind(param), usual)
    return params


def _kind(param: Any) -> type | None:
    annotation = getattr(getattr(param, "type_descriptor", None), "annotation", None)
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return annotation
    return _KINDS.get(annotation)
