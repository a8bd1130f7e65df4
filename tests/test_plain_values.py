"""Values of the command line: read as Typer reads them, and refused in its words."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import pytest
import typer
from typer.testing import CliRunner

from budgetgen.cli.app import Command


class Part(StrEnum):
    ALL = "all"
    SOME = "some"


GIVEN: list[tuple[object, ...]] = []


def declared(cls: type | None) -> typer.Typer:
    """One command, read plainly or by Typer alone."""
    one = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)

    @one.command(cls=cls)
    def work(
        unit: Annotated[Path, typer.Argument()],
        more: Annotated[list[str] | None, typer.Argument()] = None,
        out: Annotated[Path | None, typer.Option("-o", "--out")] = None,
        name: Annotated[str, typer.Option()] = "",
        jobs: Annotated[int | None, typer.Option(min=1)] = None,
        seconds: Annotated[float, typer.Option(min=0.1)] = 300.0,
        folders: Annotated[list[Path] | None, typer.Option("--folder")] = None,
        part: Annotated[Part, typer.Option()] = Part.ALL,
        force: Annotated[bool, typer.Option("--force")] = False,
    ) -> None:
        GIVEN.append((unit, more or [], out, name, jobs, seconds, folders or [], part, force))

    return one


@pytest.mark.parametrize(
    "line",
    [
        "u.yaml",
        "u.yaml a b --force -o 包 --name 甲",
        "--folder 甲 u.yaml --folder 乙 --jobs 2 --seconds 0.5 --part some",
        "u.yaml --jobs 0",
        "u.yaml --jobs 多",
        "u.yaml --part none",
        "--force",
    ],
)
def test_it_is_what_typer_gives(line: str) -> None:
    GIVEN.clear()
    plain, usual = (CliRunner().invoke(declared(cls), line.split()) for cls in (Command, None))
    assert plain.exit_code == usual.exit_code
    if plain.exit_code:
        assert not GIVEN
        assert plain.stderr == usual.stderr
    else:
        assert GIVEN[0] == GIVEN[1]
        assert [type(v) for v in GIVEN[0]] == [type(v) for v in GIVEN[1]]
