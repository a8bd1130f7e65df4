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
What a form or a key was followed by before, it is followed by again, unless the line says another; behind a form that
nothing followed yet, and where a line says `+`, comes one that is new. A check is the sum of those of the line's texts but
for figures that are all of their cells, each by its column. Of texts `=` is the one before, blank the one that the figure
had before, `.` none at all.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from hashlib import sha256
from html import escape
from typing import NamedTuple
from weakref import WeakKeyDictionary

from lxml import etree

from budgetgen import __version__
from budgetgen.office.package import (
    BOOK,
    DOCUMENT,
    TYPES,
    ChangedParts,
    Damaged,
    Package,
    PackageWriter,
    PackedPart,
    WrittenPackage,
    deflate_well,
    parse_xml,
)
from budgetgen.records import record
from budgetgen.template import Rendered
from budgetgen.template.language.package_parts import HEADER, relations_of
from budgetgen.verify.lines import CHECK, WHOLE, Line, Spot
from budgetgen.verify.printed_lines import Form, PrintedLine, printed_lines

_ITEM, _DESCRIBED = "customXml/item{}.xml", "customXml/itemProps{}.xml"
"""LibreOffice keeps the custom XML of a workbook only under this name, and only with what describes it."""
PROPERTIES = "docProps/custom.xml"
PROPERTY = "budgetgen"
_NAMESPACE = "urn:budgetgen:printed"
_SLOT = b"budgetgen-digest"
"""Stands in a template's properties where the digest goes."""
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006"
_VARIANTS = f"{_OFFICE}/docPropsVTypes"
_CUSTOM = f"{_OFFICE}/custom-properties"
_NO_PROPERTIES = f'<Properties xmlns="{_CUSTOM}" xmlns:vt="{_VARIANTS}"/>'
_TELLING = frozenset({TYPES, "_rels/.rels", relations_of(BOOK), relations_of(DOCUMENT), PROPERTIES})
"""Parts that tell of what a file carries."""
_DESCRIPTION = (
    '<ds:datastoreItem xmlns:ds="http://schemas.openxmlformats.org/officeDocument/2006/customXml" '
    'ds:itemID="{6C5B9C0A-2B1E-4C1D-9D0E-3B3B4E6F2A11}"/>'
)
_FORMAT = "{D5CDD505-2E9C-101B-9397-08002B2CF9AE}"
"""The id that all custom properties carry."""
_DIGEST = 32
_DIGIT = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_DIGITS = [one + other for one in _DIGIT for other in _DIGIT]
"""A line's check in two characters."""
_CHECKS = {digits: check for check, digits in enumerate(_DIGITS)}
_KEY = re.compile(r"\[([^\[\]]*)\]")
_KEYS = "*^"
_PLACED = re.compile(r"(-?\d+)(?:#(\d+))?:")
_DIRECTION = "~"
_SAME, _NOTHING, _NEW = "=", ".", "+"


class Mark(NamedTuple):
    """One figure, or a word of direction, of which `name` is blank: its place in the line, and what was printed there."""

    name: str
    spot: Spot
    text: str


class MarkedLine(NamedTuple):
    """A line as it was written: what it printed, and the checksum of its other words."""

    marks: tuple[Mark, ...]
    check: int

    def still(self, line: Line) -> bool:
        """Whether `line` is the one that was written, but for its marks."""
        return self.check == line.check({m.spot: m.text for m in self.marks})


@record
class Marks:
    """What a file carries: the program's version, the digests of the file and of its input, its lines by sheet or part."""

    version: str
    digest: str
    input: str
    groups: Mapping[str, Sequence[MarkedLine]]


# ----------------------------------------------------------------------------------------------------------- writing


def with_marks(rendered: Rendered, source: str = "") -> bytes:
    """The file with what it prints and its digest in it; `source` is the digest of its input."""
    data = rendered.data
    written = data if isinstance(data, WrittenPackage) else PackageWriter.of(Package(data)).whole(())
    telling = [part for part in written.others if _tells(part.name)]
    others = [part for part in written.others if not _tells(part.name)]
    known = _CARRIERS.setdefault(written.writer, {})
    key = tuple((part.name, part.checksum, part.size) for part in telling)
    carrier = known.get(key) or known.setdefault(key, _Carrier.of(written.writer, telling))
    digest = _digest((p.name, p.checksum, p.size) for p in (*carrier.writer.parts, *others))
    properties = carrier.properties.replace(_SLOT, digest.encode())
    xml = listed(printed_lines(rendered), digest, source).encode()
    item = PackedPart.of(carrier.item, xml, deflate_well(xml))
    return carrier.writer.whole([*others, PackedPart.of(PROPERTIES, properties), item])


def _tells(name: str) -> bool:
    """Whether a part tells of what a file carries, or stands where the list will."""
    return name in _TELLING or name.startswith("customXml/")


class _Carrier(NamedTuple):
    """What is the same in all files of a template with as many sheets: parts but for the properties, and these without the digest."""

    writer: PackageWriter
    properties: bytes
    item: str

    @classmethod
    def of(cls, writer: PackageWriter, telling: Sequence[PackedPart]) -> _Carrier:
        whole = writer.with_packed(telling)
        package = Package(whole.whole(()))
        changed = ChangedParts(package)
        number = next(n for n in range(1, len(package) + 2) if _ITEM.format(n) not in package)
        item, described = _ITEM.format(number), _DESCRIBED.format(number)
        _add_property(changed.root(PROPERTIES, _NO_PROPERTIES))
        changed.root(described, _DESCRIPTION)
        changed.declare("application/xml", extension="xml")
        for part, kind in ((PROPERTIES, "custom-properties"), (described, "customXmlProperties")):
            changed.declare(f"application/vnd.openxmlformats-officedocument.{kind}+xml", part)
        if changed.related("", "custom-properties") != PROPERTIES:
            changed.relate("", "custom-properties", PROPERTIES)
        changed.relate(BOOK if relations_of(BOOK) in package else DOCUMENT, "customXml", item)
        changed.relate(item, "customXmlProps", described)
        parts = changed.parts()
        return cls(whole.with_parts(parts, without=PROPERTIES), parts[PROPERTIES], item)


_CARRIERS: WeakKeyDictionary[PackageWriter, dict[tuple[tuple[str, int, int], ...], _Carrier]] = WeakKeyDictionary()


def _add_property(root: etree._Element) -> None:
    """The property that will hold the digest."""
    for known in root:
        if known.get("name") == PROPERTY:
            root.remove(known)
    number = max((int(p.get("pid", "1")) for p in root), default=1) + 1
    own = etree.SubElement(root, f"{{{_CUSTOM}}}property", fmtid=_FORMAT, pid=str(number), name=PROPERTY)
    etree.SubElement(own, f"{{{_VARIANTS}}}lpwstr").text = _SLOT.decode()


def digest_of(package: Package) -> str:
    """A digest of all parts but for those that carry it; of each its checksum and size, as the package's directory has them."""
    return _digest((part, package.checksum(part), package.size(part)) for part in package)


def _digest(parts: Iterable[tuple[str, int, int]]) -> str:
    told = [
        f"{name} {checksum:08x} {size}"
        for name, checksum, size in parts
        if not name.startswith("customXml/") and name not in (PROPERTIES, TYPES) and not name.endswith(".rels")
    ]
    return sha256("\n".join(sorted(told)).encode()).hexdigest()[:_DIGEST]


def listed(groups: Mapping[str, Sequence[PrintedLine]], digest: str = "", source: str = "") -> str:
    """The list of these lines as XML."""
    writer = _Writer()
    lines = "".join(
        f'<in name="{escape(group)}">{escape(writer.lines(told), quote=False)}</in>' for group, told in groups.items()
    )
    source = f' input="{escape(source)}"' if source else ""
    return (
        f'{HEADER}<printed xmlns="{_NAMESPACE}" version="{__version__}" digest="{digest}"{source}>'
        f"<forms>{escape(writer.forms, quote=False)}</forms>{lines}<texts>{escape(writer.texts, quote=False)}</texts></printed>"
    )


class _Writer:
    def __init__(self) -> None:
        self._forms: dict[str, str] = {}
        self._texts: list[str] = []
        self._known: dict[str, str] = {}
        self._after_form: dict[str, str] = {}
        self._after_key: dict[str, str] = {}
        self._form = self._key = self._before = ""

    @property
    def forms(self) -> str:
        """What the lines print, each way once."""
        return "\n\n".join(self._forms)

    @property
    def texts(self) -> str:
        """What stood at each place."""
        return "\n".join(self._texts)

    def lines(self, lines: Sequence[PrintedLine]) -> str:
        """The checks of lines, and of each its form and keys. What they print is taken up."""
        out = ["".join([_DIGITS[check & CHECK] for _, _, check in lines])]
        numbers, after, last = self._forms, self._after_form, self._form
        names, texts = list[str](), list[str]()
        for form, said, _ in lines:
            told, keys = _told(form)
            expected, number = after.get(last), numbers.get(told)
            if number is None:
                number = numbers[told] = str(len(numbers))
                mark = _NEW if expected else ""
            else:
                mark = "" if number == expected else number
            after[last] = last = number
            out.append(self._with_keys(mark, keys) if keys else mark)
            if said:
                names += form.names
                texts += said
        self._form = last
        self._take(names, texts)
        return "\n".join(out)

    def _with_keys(self, told: str, keys: Sequence[str]) -> str:
        said = [told]
        for key in keys:
            said.append("" if key == self._after_key.get(self._key) else key)
            self._after_key[self._key] = self._key = key
        return "\t".join(said).rstrip("\t")

    def _take(self, names: Iterable[str], texts: Iterable[str]) -> None:
        known, add, before = self._known, self._texts.append, self._before
        for name, text in zip(names, texts, strict=True):
            if text == known.get(name, ""):
                add("")
            else:
                add(_SAME if text == before else text or _NOTHING)
                if name:
                    known[name] = text
            before = text
        self._before = before


@lru_cache(maxsize=4_096)
def _told(form: Form) -> tuple[str, list[str]]:
    """How the list says what a line prints, and the keys of its names."""
    keys: list[str] = []

    def key(found: re.Match[str]) -> str:
        if found[1] not in keys and len(keys) < len(_KEYS):
            keys.append(found[1])
        return f"[{_KEYS[keys.index(found[1])]}]" if found[1] in keys else found[0]

    items, at, above = [], Spot(0, WHOLE), ""
    for name, spot in zip(form.names, form.spots, strict=True):
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
        self._after_form: dict[str, str] = {}
        self._after_key: dict[str, str] = {}
        self._form = self._key = self._before = ""
        self._count = 0

    def marks(self) -> Marks:
        groups = {}
        for told in self._root.iter(f"{{{_NAMESPACE}}}in"):
            checks, *lines = (told.text or "").split("\n")
            groups[told.get("name", "")] = [
                self._line(line, _CHECKS[checks[2 * n :][:2]]) for n, line in enumerate(lines)
            ]
        said = self._root.get
        return Marks(said("version", ""), said("digest", ""), said("input", ""), groups)

    def _line(self, told: str, check: int) -> MarkedLine:
        given, *keys = told.split("\t")
        number = given or self._after_form.get(self._form, _NEW)
        if number == _NEW:
            number = str(self._count)
            self._count += 1
        self._after_form[self._form] = self._form = number
        return MarkedLine(tuple(self._marks(self._forms[int(number)], keys)), check)

    def _next_key(self, told: str) -> str:
        key = told or self._after_key.get(self._key, "")
        self._after_key[self._key] = self._key = key
        return key

    def _marks(self, form: Sequence[str], said: Sequence[str]) -> Iterator[Mark]:
        keys: dict[str, str] = {}
        rest = iter(said)

        def key(found: re.Match[str]) -> str:
            sign = found[1]
            if sign not in _KEYS:
                return found[0]
            if sign not in keys:
                keys[sign] = self._next_key(next(rest, ""))
            return f"[{keys[sign]}]"

        at, above = Spot(0, WHOLE), ""
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
            yield Mark(name, at, self._text(name))

    def _text(self, name: str) -> str:
        told = next(self._texts, None)
        if told is None:
            raise ValueError(name)
        text = {"": self._known.get(name, ""), _NOTHING: "", _SAME: self._before}.get(told, told)
        if name:
            self._known[name] = text
        self._before = text
        return text


def _text_of(root: etree._Element, part: str) -> str:
    return root.findtext(f"{{{_NAMESPACE}}}{part}") or ""
