"""Which files a 版式 is made of, whose each of them is, and where it was found."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from budgetgen.layout import (
    DOCUMENT,
    DOCX,
    NARRATIVES,
    PHRASES,
    REPORT,
    SCORES,
    SECTION_SUFFIX,
    SETTINGS,
    WORKBOOK,
    XLSX,
    Profile,
    Shelf,
)


@dataclass(frozen=True, slots=True)
class Part:
    """One file: `kind` and `name` as users say them, the 版式 that it belongs to, and where it is."""

    kind: str
    name: str
    owner: str
    shelf: Shelf
    path: Path


def parts(profile: Profile) -> list[Part]:
    """The files that are used, each the nearest of its name; of 设置.j2, all that add to it."""
    found: dict[object, Part] = {}
    for part in _candidates(profile):
        found.setdefault(part.path if part.name == SETTINGS else (part.kind, part.name), part)
    return list(found.values())


def _candidates(profile: Profile) -> Iterator[Part]:
    for owner in profile.chain:
        for shelf in profile.shelves:
            for kind, name, path in _files(shelf, owner):
                yield Part(kind, name, owner, shelf, path)


def _files(shelf: Shelf, owner: str) -> Iterator[tuple[str, str, Path]]:
    """The files of one 版式 in one folder: kind, name, path."""
    fixed = (
        ("工作簿", WORKBOOK, shelf.file(XLSX, owner, WORKBOOK)),
        ("工作簿", SCORES, shelf.file(XLSX, owner, SCORES)),
        ("文本", DOCUMENT, shelf.file(DOCX, owner, DOCUMENT)),
        ("文本", REPORT, shelf.file(DOCX, owner, REPORT)),
        ("名词解释", "名词解释", shelf.glossary(owner)),
    )
    yield from (entry for entry in fixed if entry[2].is_file())
    narratives = shelf.file(DOCX, owner, NARRATIVES)
    for path in sorted(narratives.glob("*.j2")):
        if path.name == SETTINGS:
            yield "设置", SETTINGS, path
        elif path.name.endswith(SECTION_SUFFIX):
            yield "说明", path.name, path
    for path in sorted((narratives / PHRASES).glob("*.j2")):
        yield PHRASES, f"{PHRASES}/{path.name}", path


def settings_shelf(profile: Profile) -> Shelf:
    """The folder that the 版式's settings were read from."""
    return next(s for s in profile.shelves if s.profile(profile.name).is_file())
