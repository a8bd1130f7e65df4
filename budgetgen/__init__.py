"""budgetgen: a unit's accounts in, its whole 部门决算公开 packet out.

`budgetgen.load("unit.yaml")` gives the accounts, the place of every value and what was noticed;
`budgetgen.build("unit.yaml", "out")` writes the two files and gives every issue.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from budgetgen.issues import Issue, Level, Rejected
    from budgetgen.pipeline import Built, build
    from budgetgen.reading import load

__version__ = "0.1.0"
__all__ = ["Built", "Issue", "Level", "Rejected", "__version__", "build", "load"]

_HOMES = {
    "Built": "pipeline", "build": "pipeline", "load": "reading",
    "Issue": "issues", "Level": "issues", "Rejected": "issues",
}  # fmt: skip


def __getattr__(name: str) -> object:
    # Loaded when first asked for, so that a step can be imported without all the others.
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
