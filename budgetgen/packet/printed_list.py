"""What a file of ours carries of itself: a digest of what was written, the list of what was printed where, 草稿 on a draft's pages.

A custom XML part holds the list, related to the workbook or the document as Word and Excel relate theirs; a property of
the document holds the digest, which programs keep that drop custom XML. Both say nothing that the file does not show.

    <printed xmlns="urn:budgetgen:printed" version="0.1.0" digest="5f0c…">
      <names>收入.合计⏎.事业⏎支出.类[201].合计</names>   of a name that is as the one above but for its last word only that
      <texts>840.70⏎0.00⏎631.11</texts>
      <in name="公开01">C7⏎F7⏎F9#0</in>                   a workbook: cell
      <in name="word/document.xml">31⏎2@12#0 840.7</in>   a document: paragraphs since the last one @ start (blank: 1@0)

A place is of the next name; or of the one with that number (#, counted from 0), and then shows its text unless it tells another.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from difflib import SequenceMatcher
from functools import lru_cache
from hashlib import sha256
from typing import Any

from lxml import etree

from budgetgen import __version__
from budgetgen.figures import Figure
from budgetgen.office.package import BOOK, DOCUMENT, ChangedParts, Damaged, Package, extended, parse_xml, serialized
from budgetgen.template import CellPlace, ChartPlace, Printed, Rendered
from budgetgen.template.language.package_parts import relations_of
from budgetgen.verify import read_cells, read_paragraphs

LIST = "customXml/budgetgen.xml"
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
_FORMAT = "{D5CDD505-2E9C-101B-9397-08002B2CF9AE}"
"""The id that all custom properties carry."""
_DIGITS = 32
_NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")
_ENTRY = re.compile(r"([^#\n]*)(?:#(\d+)(?: (.*))?)?")
_HALF = Decimal("0.5")


@dataclass(frozen=True, slots=True)
class Entry:
    """One figure of the list: `place` is the sheet or part, `at` the cell, or how the list tells of the paragraph."""

    name: str
    place: str
    at: str
    text: str


@dataclass(frozen=True, slots=True)
class Change:
    """A figure that a hand has changed: what was printed, and what stands there now (blank where that can't be told)."""

    entry: Entry
    now: str


@dataclass(frozen=True, slots=True)
class HandEdit:
    """That a file is not as it was written. `changes` are its figures; `known`: it carries a list that tells them."""

    changes: tuple[Change, ...] = ()
    known: bool = True

    @property
    def words(self) -> str:
        """What was changed, for people."""
        if not self.known:
            return "不是本程序写的，或被别的程序另存过，看不出改了哪里"
        if not self.changes:
            return "数字没有变，改的是文字或格式"
        told = [f"{c.entry.name} 由“{c.entry.text}”改为“{c.now or '空白'}”" for c in self.changes[:_SHOWN]]
        more = f"等 {len(self.changes)} 处" if len(self.changes) > _SHOWN else ""
        return "、".join(told) + more


_SHOWN = 3


# ----------------------------------------------------------------------------------------------------------- writing


def with_printed_list(data: bytes, printed: Sequence[Printed]) -> bytes:
    """The file `data` with the list of what it prints and its digest in it."""
    package = Package(data)
    main = BOOK if BOOK in package else DOCUMENT
    digest = _digest(package)
    relations = relations_of(main)
    target = posixpath.relpath(LIST, posixpath.dirname(main))
    return extended(
        package,
        {
            _TYPES: _with_types(package.read(_TYPES)),
            _ROOT_RELATIONS: _related(package.read(_ROOT_RELATIONS), f"{_OFFICE}/relationships/custom-properties", PROPERTIES),
            relations: _related(
                package.read(relations) if relations in package else _NO_RELATIONS.encode(),
                f"{_OFFICE}/relationships/customXml",
                target,
            ),
            PROPERTIES: _with_property(package.read(PROPERTIES) if PROPERTIES in package else _NO_PROPERTIES.encode(), digest),
            LIST: _list(printed, digest),
        },
        tight=(LIST,),
    )  # fmt: skip


def _digest(package: Package) -> str:
    """A digest of all parts but for those that carry it; of each its checksum and size, as the package's directory has them."""
    parts = (p for p in sorted(package) if p not in (LIST, PROPERTIES, _TYPES) and not p.endswith(".rels"))
    told = "\n".join(f"{part} {package.checksum(part):08x} {package.size(part)}" for part in parts)
    return sha256(told.encode()).hexdigest()[:_DIGITS]


def _list(printed: Sequence[Printed], digest: str) -> bytes:
    numbers: dict[str, int] = {}
    texts: list[str] = []
    lines: dict[str, list[str]] = {}
    above: dict[str, int] = {}
    for place, value, shown in printed:
        if isinstance(place, ChartPlace):  # a hand that edits a chart changes the digest
            continue
        name = value.name if isinstance(value, Figure) else value.path
        text = shown if shown.isprintable() else " ".join(shown.split())
        number = numbers.get(name)
        if number is None:
            numbers[name] = len(texts)
            texts.append(text)
            known = ""
        else:
            known = f"#{number}" if text == texts[number] else f"#{number} {text}"
        if isinstance(place, CellPlace):
            where, at = place
        else:
            where, paragraph, start, _ = place
            step = paragraph - above.get(where, 0)
            above[where] = paragraph
            at = f"{step}@{start}" if start else str(step) if step != 1 else ""
        if where in lines:
            lines[where].append(at + known)
        else:
            lines[where] = [at + known]
    root = etree.Element(f"{{{_NAMESPACE}}}printed", version=__version__, digest=digest, nsmap=_SPACES)
    etree.SubElement(root, f"{{{_NAMESPACE}}}names").text = "\n".join(_shortened(numbers))
    etree.SubElement(root, f"{{{_NAMESPACE}}}texts").text = "\n".join(texts)
    for where, told in lines.items():
        etree.SubElement(root, f"{{{_NAMESPACE}}}in", name=where).text = "\n".join(told)
    return serialized(root)


def _shortened(names: Iterable[str]) -> Iterator[str]:
    """Names, of one that differs from the name above in its last word only that word."""
    above = ""
    for name in names:
        owner, _, word = name.rpartition(".")
        yield f".{word}" if owner and owner == above else name
        above = owner


def _whole_names(shortened: Iterable[str]) -> Iterator[str]:
    """The names again."""
    owner = ""
    for line in shortened:
        name = owner + line if line.startswith(".") else line
        owner = name.rpartition(".")[0]
        yield name


@lru_cache(maxsize=64)
def _with_types(xml: bytes) -> bytes:
    root = parse_xml(xml)
    spaced = f"{{{_PACKAGE}/content-types}}"
    if all(t.get("Extension") != "xml" for t in root):
        root.insert(0, etree.Element(f"{spaced}Default", Extension="xml", ContentType="application/xml"))
    if all(t.get("PartName") != f"/{PROPERTIES}" for t in root):
        kind = "application/vnd.openxmlformats-officedocument.custom-properties+xml"
        etree.SubElement(root, f"{spaced}Override", PartName=f"/{PROPERTIES}", ContentType=kind)
    return serialized(root)


@lru_cache(maxsize=64)
def _related(xml: bytes, kind: str, target: str) -> bytes:
    """Relations with one more, of that kind, where there is none to that target."""
    root = parse_xml(xml)
    if all(posixpath.normpath(r.get("Target", "").lstrip("/")) != posixpath.normpath(target) for r in root):
        taken = {r.get("Id") for r in root}
        number = next(f"rIdPrinted{n}" for n in range(1, len(taken) + 2) if f"rIdPrinted{n}" not in taken)
        etree.SubElement(root, f"{{{_PACKAGE}/relationships}}Relationship", Id=number, Type=kind, Target=target)
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


# ----------------------------------------------------------------------------------------------------------- drafts

DRAFT_WORD = "草稿"
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_X = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_HEADER_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.header+xml"
_SHAPE_SPACES = (
    f'xmlns:w="{_W[1:-1]}" xmlns:v="urn:schemas-microsoft-com:vml" '
    'xmlns:o="urn:schemas-microsoft-com:office:office" xmlns:w10="urn:schemas-microsoft-com:office:word"'
)
_EMPTY = f"<w:hdr {_SHAPE_SPACES}><w:p/></w:hdr>"
_SHAPE = (
    f"<w:r {_SHAPE_SPACES}><w:rPr><w:noProof/></w:rPr><w:pict>"
    '<v:shapetype id="_x0000_t136" coordsize="21600,21600" o:spt="136" adj="10800" path="m@7,l@8,m@5,21600l@6,21600e">'
    '<v:formulas><v:f eqn="sum #0 0 10800"/><v:f eqn="prod #0 2 1"/><v:f eqn="sum 21600 0 @1"/>'
    '<v:f eqn="sum 0 0 @2"/><v:f eqn="sum 21600 0 @3"/><v:f eqn="if @0 @3 0"/><v:f eqn="if @0 21600 @1"/>'
    '<v:f eqn="if @0 0 @2"/><v:f eqn="if @0 @4 21600"/></v:formulas>'
    '<v:path textpathok="t" o:connecttype="custom" o:connectlocs="@9,0;@10,10800;@11,21600;@12,10800"/>'
    '<v:textpath on="t" fitshape="t"/></v:shapetype>'
    '<v:shape id="PowerPlusWaterMarkObject{number}" o:spid="_x0000_s{number}" type="#_x0000_t136" alt="草稿" '
    'style="position:absolute;margin-left:0;margin-top:0;width:320pt;height:160pt;rotation:315;z-index:-251658752;'
    "mso-position-horizontal:center;mso-position-horizontal-relative:margin;"
    'mso-position-vertical:center;mso-position-vertical-relative:margin" o:allowincell="f" fillcolor="silver" stroked="f">'
    f'<v:fill opacity=".5"/><v:textpath style="font-family:&quot;黑体&quot;;font-size:1pt" string="{DRAFT_WORD}"/>'
    "</v:shape></w:pict></w:r>"
)
_FIRST_SHAPE = 2049
"""The id that Word gives the first shape of a header."""
_ON_SHEETS = f"&L&16&K808080{DRAFT_WORD}"
_BEFORE_HEADERS = (
    "sheetPr", "dimension", "sheetViews", "sheetFormatPr", "cols", "sheetData", "sheetCalcPr", "sheetProtection",
    "protectedRanges", "scenarios", "autoFilter", "sortState", "dataConsolidate", "customSheetViews", "mergeCells",
    "phoneticPr", "conditionalFormatting", "dataValidations", "hyperlinks", "printOptions", "pageMargins", "pageSetup",
)  # fmt: skip
"""What stands before a worksheet's headers (CT_Worksheet)."""


def as_draft(rendered: Rendered) -> Rendered:
    """The same file with 草稿 on every page. Damaged: a part that is no XML."""
    package = Package(rendered.data)
    parts = ChangedParts(package)
    if DOCUMENT in package:
        _mark_document(parts)
    else:
        for part in [p for p in package if p.startswith("xl/worksheets/") and "/_rels/" not in p]:
            _mark_sheet(parts.root(part))
    assert BOOK in package or DOCUMENT in package
    return Rendered(with_printed_list(parts.whole(), rendered.printed), rendered.printed)


def _mark_document(parts: ChangedParts) -> None:
    """Every header that there is, and one for sections that have none of the usual kind (they take it from those before)."""
    root = parts.root(DOCUMENT)
    references = list(root.iter(f"{_W}headerReference"))
    for part in sorted({parts.target(DOCUMENT, r.get(f"{_R}id") or "") for r in references} - {""}):
        _add_shape(parts, part)
    first: Any = next(root.iter(f"{_W}sectPr"), None)
    if first is None or any(r.get(f"{_W}type", "default") == "default" for r in first.iter(f"{_W}headerReference")):
        return
    part = parts.free("word/header{}.xml")
    parts.root(part, _EMPTY)
    _add_shape(parts, part)
    parts.declare(_HEADER_TYPE, part)
    name = parts.relate(DOCUMENT, "header", part)
    first.insert(0, first.makeelement(f"{_W}headerReference", {f"{_W}type": "default", f"{_R}id": name}))


def _add_shape(parts: ChangedParts, part: str) -> None:
    root = parts.root(part)
    paragraph = next(root.iter(f"{_W}p"), None)
    if paragraph is None:
        paragraph = etree.SubElement(root, f"{_W}p")
    number = _FIRST_SHAPE + sum(1 for _ in root.iter("{urn:schemas-microsoft-com:vml}shape"))
    paragraph.append(parse_xml(_SHAPE.replace("{number}", str(number)).encode()))


def _mark_sheet(root: etree._Element) -> None:
    headers: Any = root.find(f"{_X}headerFooter")
    if headers is None:
        headers = root.makeelement(f"{_X}headerFooter", {})
        place = sum(1 for e in root if etree.QName(e).localname in _BEFORE_HEADERS)
        root.insert(place, headers)
    for kind, first in (("oddHeader", True), ("evenHeader", False), ("firstHeader", False)):
        header = headers.find(f"{_X}{kind}")
        if header is None and first:
            header = headers.makeelement(f"{_X}{kind}", {})
            headers.insert(0, header)
        if header is not None:
            text = header.text or ""
            left = text.find("&L")
            header.text = f"{text[:left]}{_ON_SHEETS}　{text[left + 2 :]}" if left >= 0 else f"{_ON_SHEETS}{text}"


# ----------------------------------------------------------------------------------------------------------- reading


def edited(data: bytes) -> HandEdit | None:
    """What a hand, or another program, has changed in a file since it was written; None where nothing.

    Of a file that carries no list nothing is known, and it counts as edited.
    """
    try:
        package = Package(data)
        root = parse_xml(package.read(_part(package)))
        if root.get("digest") == _digest(package):
            return None
        return HandEdit(tuple(_changes(data, list(_entries(root)), workbook=BOOK in package)))
    except (Damaged, ValueError, IndexError, KeyError):
        return HandEdit(known=False)


def _part(package: Package) -> str:
    """The part that holds the list: Word and Excel name custom XML anew when they save it."""
    for part in package:
        if part.startswith("customXml/") and "/_rels/" not in part and _NAMESPACE.encode() in package.read(part):
            return part
    raise Damaged("没有打印清单")


def _entries(root: etree._Element) -> Iterator[Entry]:
    names, texts = (_lines(root, "names"), _lines(root, "texts"))
    names = list(_whole_names(names))
    fresh = iter(range(len(names)))
    for told in root.iter(f"{{{_NAMESPACE}}}in"):
        for line in (told.text or "").split("\n"):
            found = _ENTRY.fullmatch(line)
            if found is None:
                raise ValueError(line)
            number = int(found[2]) if found[2] else next(fresh)
            text = found[3] if found[3] is not None else texts[number]
            yield Entry(names[number], told.get("name", ""), found[1], text)


def _lines(root: etree._Element, part: str) -> list[str]:
    return (root.findtext(f"{{{_NAMESPACE}}}{part}") or "").split("\n")


def _changes(data: bytes, entries: Sequence[Entry], *, workbook: bool) -> Iterator[Change]:
    if workbook:
        cells = read_cells(data)
        for entry in entries:
            now = cells.get((entry.place, entry.at), "")
            if not _same(now, entry.text):
                yield Change(entry, now)
        return
    by_part: dict[str, list[Entry]] = {}
    for entry in entries:
        by_part.setdefault(entry.place, []).append(entry)
    for part, told in by_part.items():
        yield from _changed_numbers(told, _numbers(read_paragraphs(data, part)))


def _same(now: str, text: str) -> bool:
    """Whether a cell still shows a text: as it is, or as the number that it shows at the digits that it has."""
    if now.split() == text.split() or text in now:
        return True
    try:
        shown, held = Decimal(text.replace(",", "").rstrip("%")), Decimal(now)
    except InvalidOperation:
        return False
    return abs(shown - held) <= _HALF.scaleb(int(shown.as_tuple().exponent))


def _numbers(paragraphs: Iterable[str]) -> list[str]:
    return [found for paragraph in paragraphs for found in _NUMBER.findall(paragraph)]


def _changed_numbers(entries: Sequence[Entry], now: Sequence[str]) -> Iterator[Change]:
    """The figures whose numbers no longer stand in the text, in its order; other numbers may stand between them."""
    then = [(entry, number) for entry in entries for number in _NUMBER.findall(entry.text)]
    matcher = SequenceMatcher(None, [number for _, number in then], now, autojunk=False)
    for kind, a0, a1, b0, b1 in matcher.get_opcodes():
        if kind in ("replace", "delete"):
            stands = list(now[b0:b1])
            for entry, number in then[a0:a1]:
                # Years and codes that stand between figures are no candidates while a number of its form is.
                found = next((n for n in stands if _decimals(n) == _decimals(number)), next(iter(stands), ""))
                stands = stands[stands.index(found) + 1 :] if found else []
                yield Change(entry, found)


def _decimals(number: str) -> int:
    return len(number.partition(".")[2])
