"""The group of `budgetgen template`, and what its commands share."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from budgetgen.cli.app import app, group

if TYPE_CHECKING:
    from budgetgen.layout import Shelf

_HOME = "budgetgen.cli.template"
template = group(
    "版式：有哪些、新建、取文件来改、检查、查名称、预览。",
    {
        "list": f"{_HOME}.listing",
        "new": f"{_HOME}.making",
        "copy": f"{_HOME}.making",
        "find": f"{_HOME}.finding",
        "check": f"{_HOME}.checking",
        "vars": f"{_HOME}.vocabulary",
        "preview": f"{_HOME}.previewing",
    },
)
app.add_typer(template, name="template")

Out = Annotated[
    Path | None,
    typer.Option(
        "-o", "--out", metavar="文件夹", help="自己的模板文件夹，默认是这里的 templates。", show_default=False
    ),
]


def places(templates: Sequence[Path] | None) -> tuple[Shelf, ...]:
    """Where a command looks for 版式: as told, by the environment, in `templates` here, and what ships."""
    from budgetgen.layout import check_folders, shelves  # noqa: PLC0415 - `--help` need not load it

    found = shelves(templates or (), Path())
    check_folders(found)
    return found
