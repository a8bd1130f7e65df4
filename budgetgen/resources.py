"""Where templates/ and config/ are: in the wheel, in a checkout, and in folders of users' own."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

VARIABLE = "BUDGETGEN_TEMPLATES"
WORDS = "texts.yaml"
OWN_FOLDER = "templates"
"""The name of the folder beside an input that is looked into without being asked for."""
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


@dataclass(frozen=True, slots=True)
class Shelf:
    """A folder of 版式.

    It holds `xlsx/<版式>/` and `docx/<版式>/`; `settings` (the same folder where it is a user's own) holds
    `profiles/<版式>.yaml`, `glossary/<版式>.yaml` and rules in `checks/*.yaml`. `origin` says to users how it came to be looked at.
    """

    origin: str
    folder: Path
    settings: Path

    def profile(self, name: str) -> Path:
        """A 版式's settings."""
        return self.settings / "profiles" / f"{name}.yaml"

    def glossary(self, name: str) -> Path:
        """A 版式's fixed 名词解释."""
        return self.settings / "glossary" / f"{name}.yaml"

    def checks(self) -> list[Path]:
        """The files of written rules, in order of their names; the words that checks of texts look for are none."""
        return sorted(p for p in (self.settings / "checks").glob("*.yaml") if p.name != WORDS)

    def file(self, kind: str, name: str, *parts: str) -> Path:
        """A file or folder of a 版式; `kind` is xlsx or docx."""
        return self.folder.joinpath(kind, name, *parts)

    def names(self) -> list[str]:
        """The 版式 that have settings here."""
        return sorted(p.stem for p in (self.settings / "profiles").glob("*.yaml"))


def shelves(given: Sequence[Path] = (), beside: Path | None = None) -> tuple[Shelf, ...]:
    """Where 版式 are looked for, the nearest first.

    Folders that were `given` come first, then those that the environment names, then `templates` in the folder
    `beside` (an input's own) where there is one, then what ships. The first two kinds may turn out not to exist.
    """
    return (*_own(given, beside), Shelf("自带", templates(), config()))


def _own(given: Sequence[Path], beside: Path | None) -> Iterator[Shelf]:
    for folder in given:
        yield Shelf("--templates", folder, folder)
    for name in filter(None, os.environ.get(VARIABLE, "").split(os.pathsep)):
        yield Shelf(VARIABLE, Path(name), Path(name))
    near = Shelf("数据文件旁", beside / OWN_FOLDER, beside / OWN_FOLDER) if beside is not None else None
    # In a checkout the folder beside an input can be the one that ships; only settings make it more than that.
    if near and near.folder.is_dir() and (near.names() or near.folder.resolve() != templates().resolve()):
        yield near
