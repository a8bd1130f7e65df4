"""The parts of a package beside those that are filled cell by cell or paragraph by paragraph.

Document properties are small XML whose texts may hold tags; in all others tags are refused, for nothing would fill them.
"""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from budgetgen.template.language.package import parse
from budgetgen.template.language.script import Script, Source, TextWriter
from budgetgen.template.language.slots import Slots, serialize
from budgetgen.template.language.tags import has_tags

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from lxml import etree

    from budgetgen.expression import Environment

PROPERTIES = ("docProps/core.xml", "docProps/app.xml", "docProps/custom.xml")
_REL = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"
_UNFILLED = {
    "drawings": "图形和文本框", "charts": "图表", "diagrams": "SmartArt", "comments": "批注", "footnotes": "脚注",
    "endnotes": "尾注", "tables": "表格（列表对象）", "threadedComments": "批注", "glossary": "构建基块",
}  # fmt: skip


_MAYBE = re.compile(rb"\{(?:[{%#]|<)")


class _Text(NamedTuple):
    text: str


class XmlPart:
    """A small part in whose texts tags stand."""

    def __init__(self, root: etree._Element, env: Environment, file: str, part: str) -> None:
        slots: Slots[_Text] = Slots()
        for element in root.iter():
            if isinstance(element.tag, str) and has_tags(element.text or ""):
                element.text = slots.mark(_Text(element.text or ""))
        source = Source()
        for piece in slots.cut(serialize(root)):
            if isinstance(piece, _Text):
                TextWriter(source, file, part).write(piece.text)
            else:
                source.literal(piece)
        self._script = Script(source, env, file, part)

    def text(self, namespace: Mapping[str, object]) -> str:
        """The filled part, which may hold figure marks. TemplateError: a tag that cannot be filled."""
        return self._script.text(namespace, {})


def text_parts(parts: Mapping[str, bytes], env: Environment, file: str) -> dict[str, XmlPart]:
    """The document properties that hold tags."""
    return {
        name: XmlPart(parse(parts[name], file, name), env, file, name)
        for name in PROPERTIES
        if name in parts and has_tags(parts[name].decode("utf-8", "replace"))
    }


@dataclass(frozen=True, slots=True)
class Refusal:
    """One thing that stands in the way: where, and why."""

    place: str
    cause: str


def related(parts: Mapping[str, bytes], part: str, file: str) -> Iterator[tuple[str, str]]:
    """The parts of the package that `part` refers to, each with its kind (the last word of the relation's type)."""
    folder, name = posixpath.split(part)
    relations = parts.get(f"{folder}/_rels/{name}.rels")
    if relations is None:
        return
    for rel in parse(relations, file, f"{name}.rels").iter(_REL):
        if rel.get("TargetMode") == "External":
            continue
        target = rel.get("Target") or ""
        target = target[1:] if target.startswith("/") else posixpath.normpath(f"{folder}/{target}")
        if target in parts:
            yield target, (rel.get("Type") or "").rsplit("/", 1)[-1]


def tagged_elsewhere(parts: Mapping[str, bytes], filled: frozenset[str], file: str) -> Iterator[Refusal]:
    """Tags in parts that are not filled: text boxes, charts, notes."""
    for name, data in parts.items():
        if name in filled or not name.endswith(".xml") or not _MAYBE.search(data):
            continue
        root = parse(data, file, name)
        words = "".join(root.itertext())  # type: ignore[arg-type]
        attributes = [v for e in root.iter() if isinstance(e.tag, str) for v in e.attrib.values()]
        if has_tags(words) or any(has_tags(str(v)) for v in attributes):
            kind = next((c for k, c in _UNFILLED.items() if k in name), name)
            yield Refusal(kind, f"{kind}中的标签不会填写，请移到正文或单元格")
