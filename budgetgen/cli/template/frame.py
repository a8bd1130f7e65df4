"""The group of `budgetgen template`, and what its commands share."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from budgetgen.cli.frame import Option

if TYPE_CHECKING:
    from budgetgen.profiles import Shelf

Out = Annotated[
    Path | None,
    Option("-o", "--out", metavar="文件夹", help="自己的模板文件夹，默认是这里的 templates。"),
]


def places(templates: Sequence[Path] | None) -> tuple[Shelf, ...]:
    """Where a command looks for 版式: as told, by the environment, in `templates` here, and what ships."""
    from budgetgen.profiles import check_folders, shelves  # noqa: PLC0415 - `--help` need not load it

    found = shelves(templates or (), Path())
    check_folders(found)
    return found
