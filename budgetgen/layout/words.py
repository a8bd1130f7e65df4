"""短语 and 设置.j2 as texts: what they are called, what they say of themselves, what is set."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from budgetgen.layout import Profile, read_text
from budgetgen.layout.listing import parts

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
