"""Which files a 版式 is made of, whose each of them is, and what its phrases and settings say of themselves."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from budgetgen.layout import (
    DOCX,
    NARRATIVES,
    PHRASES,
    SECTION_SUFFIX,
    SETTINGS,
    XLSX,
    Profile,
    Shelf,
    read_text,
)


@dataclass(frozen=True, slots=True)
class Part:
    """One file: `kind` and `name` as users say them, the 版式 that it belongs to, and where it is."""

    kind: str
    name: str
    owner: str
    shelf: Shelf
    path: Path


def parts(profile: Profile, without: Shelf | None = None) -> list[Part]:
    """The files that are used, each the nearest of its name; of 设置.j2, all that add to it.

    Those of its own in the folder `without` are passed over.
    """
    found: dict[object, Part] = {}
    for part in _candidates(profile):
        if part.owner == profile.name and without is not None and part.shelf.folder == without.folder:
            continue
        found.setdefault(part.path if part.name == SETTINGS else (part.kind, part.name), part)
    return list(found.values())


def _candidates(profile: Profile) -> Iterator[Part]:
    for owner in profile.chain:
        for shelf in profile.shelves:
            for kind, name, path in _files(shelf, owner):
                yield Part(kind, name, owner, shelf, path)


def _files(shelf: Shelf, owner: str) -> Iterator[tuple[str, str, Path]]:
    """The files of one 版式 in one folder: kind, name, path."""
    for folder, kind in ((XLSX, "工作簿"), (DOCX, "文本")):
        for path in sorted(shelf.file(folder, owner).glob(f"*.{folder}")):
            if not path.name.startswith("~$"):
                yield kind, path.name, path
    if shelf.glossary(owner).is_file():
        yield "名词解释", "名词解释", shelf.glossary(owner)
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


_NOTE = re.compile(r"\s*\{#\s*(.*?)\s*#\}\n*", re.DOTALL)
_SET = re.compile(r"\{%-?\s*set\s+(?P<name>\w+)\s*=\s*(?P<value>.*?)\s*-?%\}(?:\{#\s*(?P<note>.*?)\s*#\})?")


@dataclass(frozen=True, slots=True)
class Setting:
    """One line of a 设置.j2: its tag as it stands, the value in it, the note behind it."""

    name: str
    value: str
    note: str
    tag: str
    line: int


def note_of(text: str) -> str:
    """What a file says of itself: its first comment, on one line."""
    found = _NOTE.match(text)
    return re.sub(r"\s*\n\s*", "", found[1]) if found else ""


def without_note(text: str) -> str:
    """The text without its first comment."""
    return _NOTE.sub("", text, count=1) if _NOTE.match(text) else text


def settings_in(text: str) -> Iterator[Setting]:
    """The settings of a 设置.j2, in order."""
    for found in _SET.finditer(text):
        tag = found[0] if found["note"] is None else found[0][: found[0].index("%}") + 2]
        line = text.count("\n", 0, found.start()) + 1
        yield Setting(found["name"], found["value"], found["note"] or "", tag, line)


def settings_of(path: Path) -> dict[str, Setting]:
    """The settings of the 设置.j2 at `path` by name; none where there is no such file."""
    return {s.name: s for s in settings_in(read_text(path))} if path.is_file() else {}


def merged_settings(profile: Profile) -> str:
    """All that the 设置.j2 of a 版式 and its parents set, as one text: the farthest one's with the nearer ones' values."""
    sources = [read_text(p.path) for p in parts(profile) if p.kind == "设置"]
    if not sources:
        return ""
    *nearer, text = sources
    text = without_note(text)
    for source in reversed(nearer):
        for setting in settings_in(source):
            old = next((s for s in settings_in(text) if s.name == setting.name), None)
            text = text.replace(old.tag, setting.tag, 1) if old else f"{text.rstrip()}\n{setting.tag}\n"
    return text


def phrase_notes(profile: Profile) -> list[tuple[str, str]]:
    """The phrases of a 版式 with what each says of itself."""
    found = [p for p in parts(profile) if p.kind == "短语"]
    return sorted((p.path.name.partition(".")[0], note_of(read_text(p.path))) for p in found)
