"""Where templates/ and config/ are: in the wheel, in a checkout, in an archive, and in folders of users' own.

And how seldom this process looks for garbage.
"""

from __future__ import annotations

import atexit
import gc
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from budgetgen.records import record

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

VARIABLE = "BUDGETGEN_TEMPLATES"
CACHE_VARIABLE = "BUDGETGEN_CACHE"
"""A folder for what is kept between runs; `-` keeps nothing."""
WORDS, NUMBERS = "texts.yaml", "numbers.yaml"
"""What checks of texts look for, and the forms of numbers: the files beside those of rules that hold none."""
OWN_FOLDER = "templates"
"""The name of the folder beside an input that is looked into without being asked for."""
_PACKAGE = Path(__file__).resolve().parent
_DATA = "_data"


@cache
def root() -> Path:
    """The folder that holds `templates/` and `config/`.

    In a wheel they are carried inside the package (`budgetgen/_data`), in a checkout they stand beside it. From an
    archive (a zipapp) they are unpacked once, for Office files and globs need files.
    """
    carried = _PACKAGE / _DATA
    if carried.is_dir():
        return carried
    return _PACKAGE.parent if (_PACKAGE.parent / "templates").is_dir() else _unpacked()


def carrier(file: str | None) -> Path:
    """The file on disk that a module came from: its own, the archive around it, or the frozen program itself."""
    own = Path(file or sys.executable)
    return next((p for p in (own, *own.parents) if p.is_file()), Path(sys.executable))


def cache_folder(name: str) -> Path | None:
    """A folder for what this user's runs can make again; None where nothing can be kept or another user owns it."""
    chosen = os.environ.get(CACHE_VARIABLE, "")
    if chosen == "-" or (sys.platform == "emscripten" and not chosen):  # what a page writes goes with it
        return None
    folder = (Path(chosen) if chosen else _user_cache() / "budgetgen") / name
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return None if hasattr(os, "getuid") and folder.stat().st_uid != os.getuid() else folder
    except OSError:
        return None


def _user_cache() -> Path:
    """Where this system keeps what programs can make again."""
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")


def _unpacked() -> Path:
    """The archive's `_data` as files: kept for the next run where that can be, else for this process."""
    archive = carrier(__file__).stat()
    kept = cache_folder("unpacked")
    if kept is None:
        folder = Path(tempfile.mkdtemp(prefix="budgetgen-"))
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        _copy(files(__package__) / _DATA, folder)
        return folder
    folder = kept / f"{archive.st_size:x}-{archive.st_mtime_ns:x}"
    if not folder.is_dir():
        making = Path(tempfile.mkdtemp(dir=kept))
        _copy(files(__package__) / _DATA, making)
        try:
            making.rename(folder)
        except OSError:  # another run was first
            shutil.rmtree(making, ignore_errors=True)
    return folder


def _copy(source: Traversable, target: Path) -> None:
    target.mkdir(exist_ok=True)
    for item in source.iterdir():
        if item.is_dir():
            _copy(item, target / item.name)
        else:
            (target / item.name).write_bytes(item.read_bytes())


def config(*parts: str) -> Path:
    """A file or folder under `config/`."""
    return root().joinpath("config", *parts)


def templates(*parts: str) -> Path:
    """A file or folder under `templates/`."""
    return root().joinpath("templates", *parts)


@record
class Shelf:
    """A folder of 版式.

    It holds `xlsx/<版式>/` and `docx/<版式>/`; `settings` (the same folder where it is a user's own) holds
    `profiles/<版式>.yaml`, `glossary/<版式>.yaml`, kinds of packets in `kinds/*.yaml`, a sample of
    each to read it by in `reading/<kind>.sample.yaml`, and rules in `checks/*.yaml`. `origin` says to users how it came to be looked at.
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
        """The files of written rules, in order of their names."""
        return sorted(p for p in (self.settings / "checks").glob("*.yaml") if p.name not in (WORDS, NUMBERS))

    def kinds(self) -> list[Path]:
        """The files that declare kinds of packets, in order of their names."""
        return sorted((self.settings / "kinds").glob("*.yaml"))

    def sample(self, kind: str) -> Path:
        """The sample of a kind, by which its packets are read."""
        return self.settings / "reading" / f"{kind}.sample.yaml"

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


_SELDOM = (100_000, 50, 50)


def collect_seldom() -> None:
    """For a process of our own: one unit makes little garbage, and looking for it every 700 new objects takes a tenth of a build."""
    gc.set_threshold(*_SELDOM)


@contextmanager
def collecting_seldom() -> Iterator[None]:
    """As `collect_seldom`, for as long as it is open: in a process that is somebody else's."""
    usual = gc.get_threshold()
    if 0 < usual[0] < _SELDOM[0]:  # 0: it is off
        collect_seldom()
    try:
        yield
    finally:
        gc.set_threshold(*usual)
