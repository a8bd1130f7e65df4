"""What a file carries of itself: the list of what was printed where, line by line, and a digest of what was written.

A custom XML part holds the list, related to the workbook or the document as Word and Excel relate theirs; a property of
the document holds the digest, which programs keep that drop custom XML. Both say nothing that the file does not show.

    <printed xmlns="urn:budgetgen:printed" version="0.1.0" digest="5f0c…" input="77ab…">
      <forms>支出.类[*].合计⏎.基本⏎⏎收支总计⏎收支总计.较上年.额⏎~</forms>   what a line prints; blank lines part them
      <in name="公开03">kQ9z…⏎0⇥201⏎⇥206⏎…</in>    the checks of its lines; of a line its form and keys, where they do not follow
      <texts>840.70⏎=⏎…⏎增加</texts>              what stood at each place, in their order
    </printed>

A form is the line's figures, each with its place in the line where that is not the next one: `2:` two columns on, `1#0:`
the first number in the text of the next column, `0#2:` the third in the same (a sentence is column 0). `~` is a word of
direction. A name that differs from the one before in its last word only is that word. `[*]`, `[^]` are the line's keys (codes of its row).
What a form or a key was followed by before, it is followed by again, unless the line says another. Of texts `=` is the
one before in the line, blank the one that the figure had before, `.` none at all.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from typing import Any, NamedTuple

from lxml import etree

from budgetgen import __version__
from budgetgen.figures import Figure
from budgetgen.office.cells import column_number
from budgetgen.office.package import BOOK, DOCUMENT, Damaged, Package, extended, parse_xml, serialized
from budgetgen.template import CellPlace, ChartPlace, ParagraphPlace, Printed
from budgetgen.template.language.package_parts import relations_of
from budgetgen.verify.lines import WHOLE, Line, Lines, Spot, checksum, read_lines

_ITEM, _DESCRIBED = "customXml/item{}.xml", "customXml/itemProps{}.xml"
"""LibreOffice keeps the custom XML of a workbook only under this name, and only with what describes it."""
PROPERTIES = "docProps/custom.xml"
PROPERTY = "budgetgen"
_NAMESPACE = "urn:budgetgen:printed"
_SPACES: Any = {None: _NAMESPACE}
_TYPES, _ROOT_RELATIONS = "[Content_Types].xml", "_rels/.rels"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_VARIANTS = f"{_OFFICE}/docPropsVTypes"
_CUSTOM = f"{_OFFICE}/custom-properties"
_NO_PROPERTIES = f'<Properties xmlns="{_CUSTOM}" xmlns:vt="{_VARIANTS}"/>'
_NO_RELATIONS = f'<Relationships xmlns="{_PACKAGE}/relationships"/>'
_DESCRIPTION = (
    '<ds:datastoreItem xmlns:ds="http://schemas.openxmlformats.org/officeDocument/2006/customXml" '
    'ds:itemID="{6C5B9C0A-2B1E-4C1D-9D0E-3B3B4E6F2A11}"/>'
)
_FORMAT = "{D5CDD505-2E9C-101B-9397-08002B2CF9AE}"
"""The id that all custom properties carry."""
_DIGITS = 32
_CHECK_DIGITS = 2
_CHECK = 64 * 64 - 1
_DIGIT = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_KEY = re.compile(r"\[([^\[\]]*)\]")
_KEYS = "*^"
_PLACED = re.compile(r"(-?\d+)(?:#(\d+))?:")
_DIRECTION = "~"
_SAME, _NOTHING = "=", "."
_HELD = re.compile(r"-?[\d.]+(?:[eE][+-]?\d+)?")
"""A number as a worksheet holds it, which may have more digits than it shows."""


class Mark(NamedTuple):
    """One figure, or a word of direction, of which `name` is blank: its place in the line, and what was printed there."""

    name: str
    spot: Spot
    text: str


class MarkedLine(NamedTuple):
    """A line as it was written: what it printed, and the checksum of its other words."""

    marks: tuple[Mark, ...]
    check: int

    @property
    def is_row(self) -> bool:
        """Whether it can be told to be a row of a table."""
        return any(m.spot.column or m.spot.token == WHOLE for m in self.marks)

    def still(self, line: Line) -> bool:
        """Whether `line` is the one that was written, but for its marks."""
        return self.check == checksum(line.with_texts({m.spot: m.text for m in self.marks})) & _CHECK


@dataclass(frozen=True, slots=True)
class Marks:
    """What a file carries: the program's version, the digests of the file and of its input, its lines by sheet or part."""

    version: str
    digest: str
    input: str
    groups: Mapping[str, Sequence[MarkedLine]]


# ----------------------------------------------------------------------------------------------------------- writing


def with_marks(data: bytes, printed: Sequence[Printed], source: str = "") -> bytes:
    """The file `data` with what it prints and its digest in it; `source` is the digest of its input."""
    package = Package(data)
    main = BOOK if BOOK in package else DOCUMENT
    digest = digest_of(package)
    number = next(n for n in range(1, len(package) + 2) if _ITEM.format(n) not in package)
    item, described = _ITEM.format(number), _DESCRIBED.format(number)
    relations, own = relations_of(main), relations_of(item)

    def read(part: str, empty: str) -> bytes:
        return package.read(part) if part in package else empty.encode()

    parts = {
        _TYPES: _with_types(package.read(_TYPES), described),
        _ROOT_RELATIONS: _related(package.read(_ROOT_RELATIONS), "custom-properties", PROPERTIES),
        relations: _related(
            read(relations, _NO_RELATIONS), "customXml", posixpath.relpath(item, posixpath.dirname(main))
        ),
        own: _related(_NO_RELATIONS.encode(), "customXmlProps", posixpath.basename(described)),
        described: _DESCRIPTION.encode(),
        PROPERTIES: _with_property(read(PROPERTIES, _NO_PROPERTIES), digest),
        item: _Writer().whole(mark_lines(read_lines(data, own=True), printed), digest, source),
    }
    return extended(package, parts, tight=(item,))


def digest_of(package: Package) -> str:
    """A digest of all parts but for those that carry it; of each its checksum and size, as the package's directory has them."""
    parts = (p for p in sorted(package) if not p.startswith("customXml/") and p not in (PROPERTIES, _TYPES))
    told = "\n".join(f"{p} {package.checksum(p):08x} {package.size(p)}" for p in parts if not p.endswith(".rels"))
    return sha256(told.encode()).hexdigest()[:_DIGITS]


def mark_lines(lines: Lines, printed: Iterable[Printed]) -> Mapping[str, list[MarkedLine]]:
    """The lines of a file with what was printed in them; of gaps (【待填写】) nothing is kept."""
    found: dict[int, dict[Spot, Mark]] = {}
    after: dict[tuple[str, str], int] = {}
    for place, value, shown in printed:
        if not isinstance(value, Figure):
            continue
        placed = None
        if isinstance(place, CellPlace):
            placed = _in_cell(lines, place, shown, after)
        elif isinstance(place, ParagraphPlace) and place.part == DOCUMENT:
            placed = lines.stretch(place.paragraph, place.start, place.end)
        elif isinstance(place, ChartPlace) and (place.part, place.series) in lines.rows:
            placed = lines.rows[place.part, place.series], Spot(place.point + 2, WHOLE)
        if placed is not None:
            line, spot = placed
            text = " ".join(shown.split()) if spot.token == WHOLE else line.shown(spot) or ""
            found.setdefault(id(line), {}).setdefault(spot, Mark(value.name, spot, text))
    groups: dict[str, list[MarkedLine]] = {}
    for line in lines.all:
        marks = found.get(id(line), {})
        for spot in line.directions():
            marks.setdefault(spot, Mark("", spot, line.shown(spot) or ""))
        words = line.with_texts({s: m.text for s, m in marks.items()}) if line.group != DOCUMENT else line.words
        check = checksum(words) & _CHECK
        groups.setdefault(line.group, []).append(MarkedLine(tuple(marks[s] for s in sorted(marks)), check))
    return groups


def _in_cell(lines: Lines, place: CellPlace, text: str, after: dict[tuple[str, str], int]) -> tuple[Line, Spot] | None:
    letters = place.cell.rstrip("0123456789")
    line = lines.rows.get((place.sheet, int(place.cell[len(letters) :])))
    if line is None:
        return None
    column = column_number(letters)
    cell = line.cells.get(column, "")
    start = cell.find(text, after.get(place, 0)) if text and not _HELD.fullmatch(cell) else -1
    if start < 0:
        return line, Spot(column, WHOLE)
    after[place] = start + len(text)
    spot = line.spot(column, start, start + len(text))
    return (line, spot) if spot else None


def _digits(check: int) -> str:
    return _DIGIT[check >> 6] + _DIGIT[check & 63]


def _number(digits: str) -> int:
    return _DIGIT.index(digits[0]) << 6 | _DIGIT.index(digits[1])


class _Follow:
    """What came after what: the last one that followed."""

    def __init__(self) -> None:
        self._after: dict[str, str] = {}
        self._last = ""

    @property
    def expected(self) -> str:
        return self._after.get(self._last, "")

    def see(self, value: str) -> None:
        self._after[self._last] = value
        self._last = value


class _Writer:
    def __init__(self) -> None:
        self._forms: dict[str, int] = {}
        self._texts: list[str] = []
        self._known: dict[str, str] = {}
        self._form, self._key = _Follow(), _Follow()

    def whole(self, groups: Mapping[str, Sequence[MarkedLine]], digest: str, source: str) -> bytes:
        root = etree.Element(f"{{{_NAMESPACE}}}printed", version=__version__, digest=digest, nsmap=_SPACES)
        if source:
            root.set("input", source)
        forms = etree.SubElement(root, f"{{{_NAMESPACE}}}forms")
        for group, lines in groups.items():
            told = etree.SubElement(root, f"{{{_NAMESPACE}}}in", name=group)
            checks = "".join(_digits(line.check) for line in lines)
            told.text = "\n".join((checks, *map(self._line, lines)))
        forms.text = "\n\n".join(self._forms)
        etree.SubElement(root, f"{{{_NAMESPACE}}}texts").text = "\n".join(self._texts)
        return serialized(root)

    def _line(self, line: MarkedLine) -> str:
        form, keys = _form(tuple([(m.name, m.spot) for m in line.marks]))
        number = str(self._forms.setdefault(form, len(self._forms)))
        told = "" if number == self._form.expected else number
        self._form.see(number)
        said = []
        for key in keys:
            said.append("" if key == self._key.expected else key)
            self._key.see(key)
        while said and not said[-1]:
            said.pop()
        before = None
        for mark in line.marks:
            self._texts.append(self._text(mark, before))
            before = mark.text
        return "\t".join((told, *said))

    def _text(self, mark: Mark, before: str | None) -> str:
        known = self._known.get(mark.name, "") if mark.name else ""
        if mark.name:
            self._known[mark.name] = mark.text
        if mark.text == known:
            return ""
        if not mark.text:
            return _NOTHING
        return _SAME if mark.text == before else mark.text


@lru_cache(maxsize=20_000)
def _form(marks: tuple[tuple[str, Spot], ...]) -> tuple[str, list[str]]:
    """What a line prints, and the keys of its names."""
    keys: list[str] = []

    def key(found: re.Match[str]) -> str:
        if found[1] not in keys and len(keys) < len(_KEYS):
            keys.append(found[1])
        return f"[{_KEYS[keys.index(found[1])]}]" if found[1] in keys else found[0]

    items, at, above = [], Spot(0, WHOLE), ""
    for name, spot in marks:
        general = _KEY.sub(key, name) if name else _DIRECTION
        owner, _, word = general.rpartition(".")
        above, short = (owner, owner and owner == above) if name else (above, False)
        items.append(_placed(spot, at) + (f".{word}" if short else general))
        at = spot
    return "\n".join(items), keys


def _placed(spot: Spot, before: Spot) -> str:
    """How a form tells of a place; blank where it is the one that is next to that before."""
    if spot == _next_to(before):
        return ""
    return f"{spot.column - before.column}{'' if spot.token == WHOLE else f'#{spot.token}'}:"


def _next_to(before: Spot) -> Spot:
    """The next cell, or the next token in the text of this one."""
    column, token = before
    return Spot(column + 1, WHOLE) if token == WHOLE else Spot(column, token + 1)


@lru_cache(maxsize=64)
def _with_types(xml: bytes, described: str) -> bytes:
    root = parse_xml(xml)
    spaced = f"{{{_PACKAGE}/content-types}}"
    if all(t.get("Extension") != "xml" for t in root):
        root.insert(0, etree.Element(f"{spaced}Default", Extension="xml", ContentType="application/xml"))
    for part, kind in ((PROPERTIES, "custom-properties"), (described, "customXmlProperties")):
        if all(t.get("PartName") != f"/{part}" for t in root):
            full = f"application/vnd.openxmlformats-officedocument.{kind}+xml"
            etree.SubElement(root, f"{spaced}Override", PartName=f"/{part}", ContentType=full)
    return serialized(root)


@lru_cache(maxsize=64)
def _related(xml: bytes, kind: str, target: str) -> bytes:
    """Relations with one more, of that kind, where there is none to that target."""
    root = parse_xml(xml)
    if all(posixpath.normpath(r.get("Target", "").lstrip("/")) != posixpath.normpath(target) for r in root):
        taken = {r.get("Id") for r in root}
        number = next(f"rIdPrinted{n}" for n in range(1, len(taken) + 2) if f"rIdPrinted{n}" not in taken)
        etree.SubElement(
            root,
            f"{{{_PACKAGE}/relationships}}Relationship",
            Id=number,
            Type=f"{_OFFICE}/relationships/{kind}",
            Target=target,
        )
    return serialized(root)


def _with_property(xml: bytes, digest: str) -> bytes:
    root = parse_xml(xml)
    for known in root:
        if known.get("name") == PROPERTY:
            root.remove(known)
    number = max((int(p.get("pid", "1")) for p in root), default=1) + 1
    own = etree.SubElement(root, f"{{{_CUSTOM}}}property", fmtid=_FORMAT, pid=str(number), name=PROPERTY)
    etree.SubElement(own, f"{{{_VARIANTS}}}lpwstr").text = digest
    return serialized(root)


# ----------------------------------------------------------------------------------------------------------- reading


def read_marks(data: bytes) -> Marks | None:
    """What a file carries; None where it carries nothing. Damaged: it can't be read, or what it carries is not whole."""
    root = find_list(Package(data))
    return None if root is None else marks_of(root)


def find_list(package: Package) -> etree._Element | None:
    """The list that a file carries; None where it carries none. Damaged: it is no XML."""
    for part in package:  # Word and Excel name custom XML anew when they save it
        if part.startswith("customXml/") and "/_rels/" not in part:
            xml = package.read(part)
            if _NAMESPACE.encode() in xml:
                return parse_xml(xml)
    return None


def marks_of(root: etree._Element) -> Marks:
    """What a list says. Damaged: it is not whole."""
    try:
        return _Reader(root).marks()
    except (ValueError, LookupError) as e:
        raise Damaged("核对用的标记坏了") from e


def has_digest(package: Package) -> bool:
    """Whether the document's properties say that it is a file of ours. Damaged: they are no XML."""
    return PROPERTIES in package and any(p.get("name") == PROPERTY for p in package.root(PROPERTIES))


class _Reader:
    """ValueError, LookupError: the list is not as it is written."""

    def __init__(self, root: etree._Element) -> None:
        self._root = root
        self._forms = [form.split("\n") if form else [] for form in _text_of(root, "forms").split("\n\n")]
        self._texts = iter(_text_of(root, "texts").split("\n"))
        self._known: dict[str, str] = {}
        self._form, self._key = _Follow(), _Follow()

    def marks(self) -> Marks:
        groups = {}
        for told in self._root.iter(f"{{{_NAMESPACE}}}in"):
            checks, *lines = (told.text or "").split("\n")
            groups[told.get("name", "")] = [
                self._line(line, _number(checks[n * _CHECK_DIGITS :][:_CHECK_DIGITS])) for n, line in enumerate(lines)
            ]
        said = self._root.get
        return Marks(said("version", ""), said("digest", ""), said("input", ""), groups)

    def _line(self, told: str, check: int) -> MarkedLine:
        given, *keys = told.split("\t")
        number = given or self._form.expected
        self._form.see(number)
        return MarkedLine(tuple(self._marks(self._forms[int(number)], keys)), check)

    def _marks(self, form: Sequence[str], said: Sequence[str]) -> Iterator[Mark]:
        keys: dict[str, str] = {}
        rest = iter(said)

        def key(found: re.Match[str]) -> str:
            sign = found[1]
            if sign not in _KEYS:
                return found[0]
            if sign not in keys:
                keys[sign] = next(rest, "") or self._key.expected
                self._key.see(keys[sign])
            return f"[{keys[sign]}]"

        at, above, before = Spot(0, WHOLE), "", ""
        for item in form:
            placed = _PLACED.match(item)
            name = item[placed.end() :] if placed else item
            if placed:
                at = Spot(at.column + int(placed[1]), WHOLE if placed[2] is None else int(placed[2]))
            else:
                at = _next_to(at)
            if name == _DIRECTION:
                name = ""
            elif name.startswith("."):
                name = above + name
            above = name.rpartition(".")[0] if name else above
            name = _KEY.sub(key, name)
            before = self._text(name, before)
            yield Mark(name, at, before)

    def _text(self, name: str, before: str) -> str:
        told = next(self._texts, None)
        if told is None:
            raise ValueError(name)
        text = {"": self._known.get(name, ""), _NOTHING: "", _SAME: before}.get(told, told)
        if name:
            self._known[name] = text
        return text


def _text_of(root: etree._Element, part: str) -> str:
    return root.findtext(f"{{{_NAMESPACE}}}{part}") or ""
