"""A template's package: opened, its parts as XML with slots, and those beside what is filled cell by cell or paragraph by paragraph.

A tree with slots is serialised once and cut where something will be filled in. Document properties are small XML whose
texts may hold tags; in all other parts tags are refused, for nothing would fill them.
"""

from __future__ import annotations

import posixpath
import re
import secrets
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import count
from operator import itemgetter
from pathlib import Path
from typing import Generic, NamedTuple, TypeVar

from lxml import etree

from budgetgen.expression import Environment, forbidden_characters
from budgetgen.office.package import MAX_PACKAGE, Damaged, Parts, parse_xml, read_parts
from budgetgen.records import record
from budgetgen.template.language.rendered import Picture, TemplateError
from budgetgen.template.language.script import Script, Source, TextWriter
from budgetgen.template.language.tags import has_tags

SlotT = TypeVar("SlotT")
_ASCII = 0x80
_REFERENCE = re.compile("&#(?:x([0-9A-Fa-f]+)|([0-9]+));")
_DECLARATION = re.compile(r' xmlns(?::[\w.-]+)?="[^"]*"')
HEADER = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
OFFICE_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_TYPES = "{http://schemas.openxmlformats.org/package/2006/content-types}"
_NO_RELATIONS = '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"/>'
PROPERTIES = ("docProps/core.xml", "docProps/app.xml", "docProps/custom.xml")
CONTENT_TYPES = "[Content_Types].xml"
RELATION = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"
_FORBIDDEN = bytes(c for c in range(32) if c not in (9, 10, 13))
_UNFILLED = {
    "drawings": "图形和文本框", "charts": "图表", "diagrams": "SmartArt", "comments": "批注", "footnotes": "脚注",
    "endnotes": "尾注", "tables": "表格（列表对象）", "threadedComments": "批注", "glossary": "构建基块",
}  # fmt: skip
_MAYBE = re.compile(rb"\{(?:[{%#]|<)")


class Slots(Generic[SlotT]):
    """Hands out marks to stand in texts and attributes, and finds them again in the serialised tree.

    Marks are plain ASCII that no template can know beforehand: whatever writes XML leaves them as they are.
    """

    def __init__(self) -> None:
        self._slots: list[SlotT] = []
        self._sign = f"slot-{secrets.token_hex(8)}-"

    def __len__(self) -> int:
        return len(self._slots)

    def mark(self, slot: SlotT) -> str:
        """The characters that stand for `slot`."""
        self._slots.append(slot)
        return f"{self._sign}{len(self._slots) - 1}."

    def replace(self, element: etree._Element, slot: SlotT) -> None:
        """Take `element` out of its tree and leave `slot` in its place."""
        remove(element, self.mark(slot))

    def cut(self, xml: str) -> Iterator[str | SlotT]:
        """Literal XML and slots, in order; no empty literals."""
        first, *others = xml.split(self._sign)
        if first:
            yield first
        for other in others:
            number, _, literal = other.partition(".")
            yield self._slots[int(number)]
            if literal:
                yield literal


def remove(element: etree._Element, text: str = "") -> None:
    """Take `element` out of its tree; `text` and what stood behind it stay."""
    parent = element.getparent()
    if parent is None:
        raise ValueError("the root cannot be taken out")
    left = text + (element.tail or "")
    before = element.getprevious()
    if before is not None:
        before.tail = (before.tail or "") + left
    else:
        parent.text = (parent.text or "") + left
    element.tail = None
    parent.remove(element)


def plain(xml: str) -> str:
    """`xml` with characters beyond ASCII as they are: some versions of libxml2 write them as numbers in attributes."""
    return _REFERENCE.sub(_character, xml) if "&#" in xml else xml


def _character(found: re.Match[str]) -> str:
    code = int(found[1], 16) if found[1] else int(found[2])
    return chr(code) if code >= _ASCII else found[0]


def serialize(root: etree._Element) -> str:
    """A whole part, with the declaration that Office programs write."""
    return HEADER + plain(etree.tostring(root, encoding="unicode"))


def fragment(element: etree._Element) -> str:
    """One element without the namespace declarations that stand at the root of its part."""
    root = element.getroottree().getroot()
    inherited = {f' xmlns:{p}="{u}"' if p else f' xmlns="{u}"' for p, u in root.nsmap.items()}
    xml = plain(etree.tostring(element, encoding="unicode", with_tail=False))
    end = xml.index(">")
    return _DECLARATION.sub(lambda m: "" if m[0] in inherited else m[0], xml[:end]) + xml[end:]


class Pattern:
    """One element, to be written again and again with other values of some attributes, or with another text.

    `<col min="2" max="3" width="9"/>` with `min` and `max` open, given 4 and 7: `<col min="4" max="7" width="9"/>`.
    """

    TEXT = "text()"

    def __init__(self, element: etree._Element, *opened: str) -> None:
        """`opened` are names of attributes, or TEXT. The element is changed."""
        slots: Slots[tuple[str]] = Slots()
        for name in opened:
            if name == self.TEXT:
                element.text = slots.mark((name,))
            else:
                element.set(name, slots.mark((name,)))
        self._pieces = list(slots.cut(fragment(element)))

    def xml(self, values: Mapping[str, str]) -> str:
        """The element with these values, which are escaped already."""
        return "".join(p if isinstance(p, str) else values[p[0]] for p in self._pieces)


class Pieces:
    """Bytes with gaps, numbered from 0: `<row r="` 0 `"><c r="A` 0 `">` 1, given `7` and `…`: `<row r="7"><c r="A7">…`."""

    __slots__ = ("_order", "_pick", "_still")

    def __init__(self, pieces: Iterable[bytes | int], gaps: int) -> None:
        """`gaps` is how many values it takes."""
        still, order = [b"", b""], [gaps, gaps + 1]  # so that they are never less than two
        for piece in pieces:
            if isinstance(piece, int):
                order.append(piece)
            elif order[-1] == gaps + len(still) - 1:
                still[-1] += piece
            else:
                still.append(piece)
                order.append(gaps + len(still) - 1)
        self.revive(tuple(order), tuple(still))

    def stored(self) -> tuple[tuple[int, ...], tuple[bytes, ...]]:
        """What it is made of."""
        return self._order, self._still

    def revive(self, order: tuple[int, ...], still: tuple[bytes, ...]) -> None:
        """Let it be made of these."""
        self._order, self._still, self._pick = order, still, itemgetter(*order)

    def filled(self, values: Iterable[bytes]) -> Sequence[bytes]:
        """All of it in order, with these values in the gaps."""
        return self._pick((*values, *self._still))  # type: ignore[no-any-return]

    def place(self, gap: int) -> int:
        """Which of the pieces a gap is, where it first comes."""
        return self._order.index(gap)


def parse(data: bytes, file: str, part: str) -> etree._Element:
    """The part's root. TemplateError: it is no XML, or brings a DTD."""
    try:
        return parse_xml(data)
    except Damaged as error:
        raise TemplateError(file, part, str(error)) from None


def encode(xml: str, file: str, place: str) -> bytes:
    """TemplateError: a character that no XML may hold."""
    try:
        data = xml.encode()
    except UnicodeEncodeError:
        data = b"\x00"
    if len(data.translate(None, _FORBIDDEN)) != len(data) or "\ufffe" in xml or "\uffff" in xml:
        raise TemplateError(file, place, f"含有文件不能容纳的字符：{'、'.join(forbidden_characters(xml))}")
    return data


def read_package(path: Path) -> Parts:
    """TemplateError: no zip, too large, repeated or odd names."""
    if path.stat().st_size > MAX_PACKAGE:
        raise TemplateError(path.name, "", f"文件太大（上限 {MAX_PACKAGE // 2**20} MB）")
    try:
        parts = read_parts(path.read_bytes())
    except Damaged as error:
        raise TemplateError(path.name, "", f"不是完好的 Office 文件：{error}") from None
    for name in parts:
        if ".." in name.split("/") or name.startswith("/"):
            raise TemplateError(path.name, name, "压缩包中的文件名越出包外")
    return parts


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


@record
class Refusal:
    """One thing that stands in the way: where, and why."""

    place: str
    cause: str


def related(parts: Mapping[str, bytes], part: str, file: str) -> Iterator[tuple[str, str]]:
    """The parts of the package that `part` refers to, each with its kind (the last word of the relation's type)."""
    folder = posixpath.dirname(part)
    relations = parts.get(relations_of(part))
    if relations is None:
        return
    for rel in parse(relations, file, relations_of(part)).iter(RELATION):
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


def relations_of(part: str) -> str:
    """The part that holds the relations of `part`."""
    folder, name = posixpath.split(part)
    return f"{folder}/_rels/{name}.rels"


def free_parts(parts: Iterable[str], pattern: str) -> Iterator[str]:
    """Names of parts that none of `parts` has: `pattern` with numbers, as Office programs count."""
    taken = {p.casefold() for p in parts}
    return (name for number in count(1) if (name := pattern.format(number)).casefold() not in taken)


class AddedParts:
    """Parts that a render adds to a package, and what tells of them: relations and content types. Pictures come once."""

    def __init__(self, parts: Mapping[str, bytes], file: str) -> None:
        """`parts` are those of the package as it is otherwise."""
        self._parts, self._file = parts, file
        self._changed: dict[str, etree._Element] = {}
        self._pictures: dict[bytes, str] = {}
        self.parts: dict[str, bytes] = {}

    def root(self, part: str, empty: str = "") -> etree._Element:
        """A part to be changed; where there is none, a new one that begins as `empty`."""
        if part not in self._changed:
            self._changed[part] = parse(self._parts[part] if part in self._parts else empty.encode(), self._file, part)
        return self._changed[part]

    def copy(self, part: str, other: str) -> None:
        """A part `other` that is as `part` and refers to the same parts."""
        self._changed[other] = parse(self._parts[part], self._file, part)
        if (found := self._parts.get(relations_of(part))) is not None:
            self._changed[relations_of(other)] = parse(found, self._file, relations_of(part))

    def relations(self, part: str) -> etree._Element:
        """The relations of `part`, to be changed."""
        return self.root(relations_of(part), _NO_RELATIONS)

    def relate(self, part: str, name: str, kind: str, target: str) -> None:
        """Let `part` refer to `target` by the id `name`."""
        path = posixpath.relpath(target, posixpath.dirname(part))
        etree.SubElement(self.relations(part), RELATION, Id=name, Type=f"{OFFICE_RELATIONS}/{kind}", Target=path)

    def picture(self, picture: Picture, folder: str) -> str:
        """The part of a picture in the package's `folder`."""
        if picture.data not in self._pictures:
            name = next(free_parts([*self._parts, *self.parts], f"{folder}/media/placed{{}}.{picture.kind}"))
            self._pictures[picture.data], self.parts[name] = name, picture.data
            types = self.root(CONTENT_TYPES)
            if all((t.get("Extension") or "").lower() != picture.kind for t in types):
                kind = {"Extension": picture.kind, "ContentType": f"image/{picture.kind}"}
                types.insert(0, etree.Element(f"{_TYPES}Default", kind))
        return self._pictures[picture.data]

    def declare(self, part: str, kind: str) -> None:
        """Say what kind of part a new one is."""
        etree.SubElement(self.root(CONTENT_TYPES), f"{_TYPES}Override", PartName=f"/{part}", ContentType=kind)

    def declare_like(self, part: str, other: str) -> None:
        """Say that a new part is of the same kind as `other`, where that is said of this one and not of its ending."""
        told = {t.get("PartName"): t.get("ContentType") for t in self.root(CONTENT_TYPES)}
        if kind := told.get(f"/{other}"):
            self.declare(part, kind)

    def drop(self, parts: Collection[str]) -> None:
        """Nothing tells of these parts any more."""
        types = self.root(CONTENT_TYPES)
        for told in [t for t in types if (t.get("PartName") or "").lstrip("/") in parts]:
            types.remove(told)
        for name in [n for n in self._parts if n.endswith(".rels") and n not in parts]:
            folder = posixpath.dirname(posixpath.dirname(name))
            if not any(posixpath.basename(p).encode() in self._parts[name] for p in parts):
                continue
            relations = self.root(name)
            for rel in list(relations):
                if posixpath.normpath(posixpath.join(folder, rel.get("Target") or "")) in parts:
                    relations.remove(rel)

    def finish(self) -> dict[str, bytes]:
        """All parts that are new or another."""
        return {part: serialize(root).encode() for part, root in self._changed.items()} | self.parts
