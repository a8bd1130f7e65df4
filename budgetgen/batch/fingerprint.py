"""What a packet rests on, as digests: a later run knows by them whether it still holds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from budgetgen import __version__, resources
from budgetgen.issues import Rejected
from budgetgen.layout import Kind, Profile, read_kind, read_profile, shelves

_NAMED = "引用"
_DIGITS = 32
_PIECE = 2**20


@dataclass(frozen=True, slots=True)
class Settings:
    """What the user chose for all units of a run."""

    profile: str = ""
    templates: tuple[Path, ...] = ()
    pdf: bool = False
    kind: str = ""

    @property
    def digest(self) -> str:
        """Tells settings apart; folders of templates do so by their content, not by where they are."""
        return _digest(f"{self.profile}\n{self.kind}\n{self.pdf}\n{len(self.templates)}".encode())


def file_digest(path: Path) -> str:
    """The digest of a file's content. OSError: it can't be read."""
    found = sha256()
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            found.update(piece)
    return found.hexdigest()[:_DIGITS]


def _digest_of(path: Path) -> str:
    """The digest of a file that an input names; blank where it can't be read, which the packet then rests on."""
    try:
        return file_digest(path)
    except OSError:
        return ""


def fingerprint(
    data: str, settings: Settings, profile: Profile, named: Iterable[str], source: Path, kind: Kind | None
) -> dict[str, Any]:
    """What a packet rests on. `data` is the digest of its input; `named` are the files that the input names."""
    return {
        "数据": data,
        "版式": profile.name,
        "模板": _layout_digest(profile),
        "材料": [kind.title, _kept_digest(*kind.state)] if kind else [],
        "设置": settings.digest,
        "程序": _program(),
        _NAMED: {name: _digest_of(source.parent / name) for name in named},
    }


def still_holds(earlier: Mapping[str, Any], settings: Settings, source: Path) -> bool:
    """Whether nothing that a packet rests on has changed since. What can't be read has changed."""
    try:
        if (earlier["程序"], earlier["设置"]) != (_program(), settings.digest) or file_digest(source) != earlier[
            "数据"
        ]:
            return False
        places = shelves(settings.templates, source.parent)
        kind = read_kind(earlier["材料"][0], places)
        profile = read_profile(earlier["版式"], places)
        return earlier == fingerprint(earlier["数据"], settings, profile, earlier[_NAMED], source, kind)
    except (OSError, Rejected, LookupError, TypeError, ValueError):
        return False


def _layout_digest(profile: Profile) -> str:
    """All files of a 版式 and the rules that hold for it."""
    words = (shelf.settings / "checks" / resources.WORDS for shelf in profile.shelves)
    rules = [p for p in (*profile.rulebooks(), *words) if p.is_file()]
    state = (*profile.state, *((str(p), p.stat().st_mtime_ns, p.stat().st_size) for p in rules))
    return _state_digest(state, tuple((s.folder, s.settings) for s in profile.shelves))


@lru_cache(maxsize=64)
def _state_digest(state: tuple[tuple[str, int, int], ...], roots: tuple[tuple[Path, Path], ...]) -> str:
    told = (f"{_place(Path(path), roots)} {_kept_digest(path, changed, size)}" for path, changed, size in state)
    return _digest("\n".join(sorted(told)).encode("utf-8", "surrogatepass"))


@lru_cache(maxsize=4096)
def _kept_digest(path: str, _changed: int, _size: int) -> str:
    return file_digest(Path(path))


def _place(path: Path, roots: Iterable[tuple[Path, Path]]) -> str:
    """Where a file is on the shelves, wherever these are: a moved folder of templates is the same one."""
    for number, folders in enumerate(roots):
        for folder in folders:
            if path.is_relative_to(folder):
                return f"{number} {path.relative_to(folder).as_posix()}"
    return str(path)


@cache
def _program() -> str:
    """The program's version and the code tables that go with it."""
    files = sorted(resources.config("codes").iterdir())
    return f"{__version__} {_digest(b''.join(p.read_bytes() for p in files if p.is_file()))[:8]}"


def _digest(data: bytes) -> str:
    return sha256(data).hexdigest()[:_DIGITS]
