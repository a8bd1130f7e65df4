"""What the sheets of a workbook share: strings, styles, names, the parts that list them, and drawings with pictures."""

from __future__ import annotations

import posixpath
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from lxml import etree
from markupsafe import Markup, escape

from budgetgen.expression import unmark
from budgetgen.office.package import parse_xml
from budgetgen.records import record
from budgetgen.template.language.package_parts import (
    CONTENT_TYPES,
    OFFICE_RELATIONS,
    RELATION,
    AddedParts,
    Pattern,
    Slots,
    encode,
    free_parts,
    parse,
    related,
    relations_of,
    serialize,
)
from budgetgen.template.language.rendered import TemplateError
from budgetgen.template.language.script import TaggedText
from budgetgen.template.language.tags import has_tags
from budgetgen.template.xlsx.cell_styles import Styles
from budgetgen.template.xlsx.references import Formula, Reference
from budgetgen.template.xlsx.sheet_compiler import BAD_IN_SHEET_NAME, MAX_SHEET_NAME
from budgetgen.template.xlsx.sheet_reader import SharedStrings, q, read_runs

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from budgetgen.expression import Environment
    from budgetgen.office.package import Parts
    from budgetgen.template.language.rendered import Picture
    from budgetgen.template.xlsx.references import Layout


_ID = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
RELATIONS = "xl/_rels/workbook.xml.rels"


@record
class PlacedSheet:
    """A sheet of the output: what the template calls it, its own name, which copy of that sheet it is, and its part.

    A chart that has a sheet to itself has no layout and no part of ours.
    """

    template: str
    name: str
    copy: int = 0
    layout: Layout | None = None
    part: str = ""


@record
class _SheetEntry:
    """The slot for a `sheet` element."""

    name: str
    pattern: Pattern


@record
class _NameEntry:
    """The slot for a `definedName` of one sheet."""

    sheet: str
    formula: Formula | TaggedText
    pattern: Pattern


class Book:
    """The package while its sheets are compiled. `finish` brings `parts` up to date afterwards."""

    main = "xl/workbook.xml"

    def __init__(self, parts: Parts, env: Environment, file: str) -> None:
        self.parts, self.env, self.file = parts, env, file
        if self.main not in parts or RELATIONS not in parts:
            raise TemplateError(file, "", "不是 .xlsx 工作簿")
        self.workbook = self.root(self.main)
        if self.workbook.tag != q("workbook"):
            raise TemplateError(file, "", "不支持 Strict Open XML 格式，请另存为普通的 .xlsx")
        self._targets = self._related()
        self.elements = self.workbook.findall(f"{q('sheets')}/{q('sheet')}")
        self.names = tuple(e.get("name") or "" for e in self.elements)
        self.worksheets = self._worksheets()
        self.strings_part, self._style_part = self._part_of("sharedStrings"), self._part_of("styles")
        strings = self.root(self.strings_part) if self.strings_part else None
        self.strings = [read_runs(i) for i in strings.findall(q("si"))] if strings is not None else []
        tagged = frozenset(i for i, runs in enumerate(self.strings) if has_tags("".join(r.text for r in runs)))
        self.shared = SharedStrings(strings, tagged)
        self.styles = Styles(
            self.root(self._style_part) if self._style_part else etree.Element(q("styleSheet")), env.wording
        )

    def root(self, part: str) -> etree._Element:
        """The root of a part. TemplateError: it is broken."""
        return parse(self.parts[part], self.file, part)

    def finish(self, *, copies: bool) -> None:
        """Write the shared parts as the compiled sheets need them: no string with tags, no calculation chain.

        `copies`: some sheets come several times, or not at all.
        """
        if self.strings_part:
            self.parts[self.strings_part] = self.shared.xml.encode()
        if self.styles.changed and self._style_part:
            self.parts[self._style_part] = self.styles.xml
        if self.parts.pop(self._part_of("calcChain"), None) is not None:
            for part, attribute in ((CONTENT_TYPES, "PartName"), (RELATIONS, "Target")):
                root = self.root(part)
                for element in [e for e in root if (e.get(attribute) or "").endswith("calcChain.xml")]:
                    root.remove(element)
                self.parts[part] = serialize(root).encode()
        if copies or any(has_tags(name) for name in self.names):
            self._forget_titles()

    def _forget_titles(self) -> None:
        """The application's list of parts repeats the sheets' names; it may be left out, but not be wrong."""
        if "docProps/app.xml" in self.parts:
            root = self.root("docProps/app.xml")
            for element in [e for e in root if etree.QName(e).localname in ("TitlesOfParts", "HeadingPairs")]:
                root.remove(element)
            self.parts["docProps/app.xml"] = serialize(root).encode()

    def _related(self) -> dict[str, tuple[str, str]]:
        """Relationship id → part and kind, of the workbook."""
        found = {}
        for rel in self.root(RELATIONS).iter(RELATION):
            target = rel.get("Target") or ""
            target = target[1:] if target.startswith("/") else posixpath.normpath(f"xl/{target}")
            found[rel.get("Id") or ""] = (target, (rel.get("Type") or "").rsplit("/", 1)[-1])
        return found

    def _worksheets(self) -> dict[str, str]:
        found = {}
        for element, name in zip(self.elements, self.names, strict=True):
            part, kind = self._targets.get(element.get(_ID) or "", ("", ""))
            if kind == "worksheet" and part in self.parts:
                found[name] = part
        if len({n.casefold() for n in self.names}) != len(self.names):
            raise TemplateError(self.file, "", "工作表重名")
        return found

    def _part_of(self, kind: str) -> str:
        """The workbook's part of that kind, or blank."""
        return next((p for p, k in self._targets.values() if k == kind and p in self.parts), "")


class WorkbookPart:
    """`workbook.xml`: the sheets' names, and the names that are defined for ranges of them."""

    def __init__(self, book: Book) -> None:
        self.part, self._file, self._env, self._sheet_names = book.main, book.file, book.env, book.names
        self._slots: Slots[_SheetEntry | _NameEntry | Formula | TaggedText] = Slots()
        self._tagged = {
            name: TaggedText(name, book.env, book.file, f"工作表名“{name}”") for name in book.names if has_tags(name)
        }
        ids = ((e.get("sheetId") or "", e.get(_ID) or "") for e in book.elements)
        self._ids = dict(zip(book.names, ids, strict=True))
        self._highest = max((int(n) for n, _ in self._ids.values() if n.isdigit()), default=0)
        for element, name in zip(book.elements, book.names, strict=True):
            self._slots.replace(element, _SheetEntry(name, Pattern(element, "name", "sheetId", _ID)))
        self.titles: dict[str, Reference] = {}
        for element in book.workbook.findall(f"{q('definedNames')}/{q('definedName')}"):
            self._define(element)
        calculation = book.workbook.find(q("calcPr"))
        if calculation is not None:  # formulas lost their cached values: whoever opens the file calculates them
            calculation.set("fullCalcOnLoad", "1")
        self._pieces: list[str | _SheetEntry | _NameEntry | Formula | TaggedText] = []

    def finish(self, book: Book) -> None:
        """Cut the part, when all sheets are compiled."""
        self._pieces = list(self._slots.cut(serialize(book.workbook)))
        self._slots = Slots()

    def _define(self, element: etree._Element) -> None:
        local, text = element.get("localSheetId"), element.text or ""
        sheet = self._sheet_names[int(local)] if local and int(local) < len(self._sheet_names) else ""
        formula = Formula.parse(text)
        if element.get("name") == "_xlnm.Print_Titles":
            for piece in formula.pieces:
                if not isinstance(piece, str) and piece[1].kind == "rows":
                    self.titles[sheet] = piece[1]
        outside = "".join(p for p in formula.pieces if isinstance(p, str))
        tagged = has_tags(outside)
        means = TaggedText(text, self._env, self._file, f"名称“{element.get('name')}”") if tagged else formula
        if sheet:
            pattern = Pattern(element, "localSheetId", Pattern.TEXT)
            self._slots.replace(element, _NameEntry(sheet, means, pattern))
        else:
            element.text = self._slots.mark(means)

    def names(self, namespace: Mapping[str, object]) -> dict[str, str]:
        """The sheets' names in the output. TemplateError: one that Excel would not take."""
        names: dict[str, str] = {}
        for old in self._sheet_names:
            new = old
            if old in self._tagged:
                new = str(Markup(unmark(self._tagged[old].text(namespace))[0]).unescape())  # noqa: S704 - our own text
                self._check_name(old, new)
            if new.casefold() in (n.casefold() for n in names.values()):
                raise TemplateError(self._file, f"工作表名“{old}”", f"两张表都叫“{new}”")
            names[old] = new
        return names

    def _check_name(self, old: str, new: str) -> None:
        if not 0 < len(new) <= MAX_SHEET_NAME or BAD_IN_SHEET_NAME & set(new) or new.strip("'") != new:
            raise TemplateError(self._file, f"工作表名“{old}”", f"“{new}”不能作工作表名（1–31 字，不含 []:*?/\\）")

    def xml(self, sheets: Sequence[PlacedSheet], namespace: Mapping[str, object]) -> str:
        """The whole part: these sheets, and names with their ranges where they have moved to."""
        layouts = {s.template: s.layout for s in sheets if s.layout}
        places: dict[str, list[tuple[int, PlacedSheet]]] = {}
        for index, sheet in enumerate(sheets):
            places.setdefault(sheet.template, []).append((index, sheet))
        out: list[str] = []
        for piece in self._pieces:
            if isinstance(piece, str):
                out.append(piece)
            elif isinstance(piece, _SheetEntry):
                out += (self._sheet(piece, sheet, index) for index, sheet in places.get(piece.name, ()))
            elif isinstance(piece, _NameEntry):
                for index, sheet in places.get(piece.sheet, ()):
                    own = {**layouts, "": sheet.layout, piece.sheet: sheet.layout}
                    meaning = _meaning(piece.formula, own, namespace)
                    out.append(piece.pattern.xml({"localSheetId": str(index), Pattern.TEXT: meaning}))
            else:
                out.append(_meaning(piece, layouts, namespace))
        return "".join(out)

    def _sheet(self, slot: _SheetEntry, sheet: PlacedSheet, index: int) -> str:
        number, relation = self._ids[slot.name]
        if sheet.copy:
            number, relation = str(self._highest + index + 1), copy_relation(index)
        return slot.pattern.xml({"name": str(escape(sheet.name)), "sheetId": number, _ID: relation})


def copy_relation(index: int) -> str:
    """The id of the workbook's relation to a sheet that is a copy and comes at `index` in the output."""
    return f"rIdCopy{index}"


def _meaning(name: Formula | TaggedText, layouts: Mapping[str, Layout | None], namespace: Mapping[str, object]) -> str:
    if isinstance(name, TaggedText):
        return unmark(name.text(namespace))[0]
    return str(escape(name.text(layouts.get)))


_PRINTER = "/printerSettings"


def make_copyable(book: Book, part: str, root: etree._Element) -> None:
    """Take from a sheet what only one can have: a printer's own settings, and being the one that is looked at."""
    for view in (*root.iter(q("sheetView")), *book.workbook.iter(q("workbookView"))):
        for attribute in ("tabSelected", "activeTab", "firstSheet"):
            if attribute in view.attrib:
                del view.attrib[attribute]
    relations = relations_of(part)
    if relations not in book.parts:
        return
    listed = book.root(relations)
    for relation in [r for r in listed if (r.get("Type") or "").endswith(_PRINTER)]:
        for element in [e for e in root.iter(q("pageSetup")) if e.get(_ID) == relation.get("Id")]:
            del element.attrib[_ID]
        listed.remove(relation)
    if len(listed):
        book.parts[relations] = serialize(listed).encode()
    else:
        del book.parts[relations]


@record
class _ListedSheet:
    """The slot for what a list says of a sheet: its part is named in `attribute`, within `folder`; `id` as in the file."""

    name: str
    attribute: str
    folder: str
    id: str
    pattern: Pattern


class SheetIndex:
    """The parts of the package that list its sheets, where sheets come several times or not at all.

    `copied` are those sheets, with their parts; without any, none of it changes.
    """

    def __init__(self, book: Book, copied: Mapping[str, str]) -> None:
        self._file, self._copied = book.file, copied
        self._relations = {p: book.parts.get(relations_of(p), b"") for p in copied.values()}
        self._lists = {
            name: self._cut(book.root(name), attribute)
            for name, attribute in ((CONTENT_TYPES, "PartName"), (RELATIONS, "Target"))
            if copied
        }
        self.changing = {*self._lists, *map(relations_of, copied.values())}

    def _cut(self, root: etree._Element, attribute: str) -> list[str | _ListedSheet]:
        slots: Slots[_ListedSheet] = Slots()
        for name, part in self._copied.items():
            for element in [e for e in root if _part_named(e.get(attribute) or "") == part]:
                folder, number = posixpath.dirname(element.get(attribute) or ""), element.get("Id") or ""
                pattern = Pattern(element, attribute, *(["Id"] if number else []))
                slots.replace(element, _ListedSheet(name, attribute, folder, number, pattern))
        return list(slots.cut(serialize(root)))

    def parts(self, sheets: Sequence[PlacedSheet]) -> dict[str, bytes]:
        """The parts as these sheets need them."""
        found = {name: encode(self._list(pieces, sheets), self._file, name) for name, pieces in self._lists.items()}
        for sheet in sheets:
            part = self._copied.get(sheet.template, "")
            if self._relations.get(part):
                found[relations_of(sheet.part)] = self._relations[part]
        return found

    @staticmethod
    def _list(pieces: Sequence[str | _ListedSheet], sheets: Sequence[PlacedSheet]) -> str:
        out: list[str] = []
        for piece in pieces:
            if isinstance(piece, str):
                out.append(piece)
                continue
            for index, sheet in enumerate(sheets):
                if sheet.template == piece.name:
                    path = posixpath.join(piece.folder, posixpath.basename(sheet.part))
                    number = copy_relation(index) if sheet.copy else piece.id
                    out.append(piece.pattern.xml({piece.attribute: path, "Id": number}))
        return "".join(out)


def _part_named(name: str) -> str:
    """The part that the workbook's lists call so: from the package's root, or from the workbook's folder."""
    return name[1:] if name.startswith("/") else posixpath.normpath(f"xl/{name}")


_DRAWING_TYPE = "application/vnd.openxmlformats-officedocument.drawing+xml"
_NAMESPACES = (
    'xmlns:xdr="http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing" '
    f'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" xmlns:r="{OFFICE_RELATIONS}"'
)
_LINK = "rIdPictures"
DRAWING_LINK = f'<drawing xmlns:r="{OFFICE_RELATIONS}" r:id="{_LINK}"/>'
"""Ties the drawing to its sheet, where the template's sheet has none."""


class PictureAt(NamedTuple):
    """A picture whose upper left corner is that of a cell of the output; both count from 1."""

    row: int
    column: int
    picture: Picture


def picture_parts(
    parts: Mapping[str, bytes], placed: Sequence[PlacedSheet], pictures: Mapping[str, Sequence[PictureAt]], file: str
) -> dict[str, bytes]:
    """The parts that show `pictures` (by the sheets' parts), given those of the package as it is without them.

    A drawing that a sheet has already gets them as well; where copies of a sheet share one, each has its own from then.
    """
    added = AddedParts(parts, file)
    times = Counter(sheet.template for sheet in placed)
    free = free_parts(parts, "xl/drawings/drawing{}.xml")
    for sheet in placed:
        if not pictures.get(sheet.part):
            continue
        own = next((part for part, kind in related(parts, sheet.part, file) if kind == "drawing"), "")
        drawing = own if own and times[sheet.template] == 1 else next(free)
        if drawing != own:
            _begin(added, sheet.part, own, drawing)
        root = added.root(drawing)
        first = 1 + max((int(e.get("id") or 0) for e in root.iter("{*}cNvPr")), default=0)
        for number, found in enumerate(pictures[sheet.part], first):
            name = f"rIdPicture{number}"
            added.relate(drawing, name, "image", added.picture(found.picture, "xl"))
            root.append(parse_xml(_anchor(found, number, name).encode()))
    return added.finish()


def _begin(added: AddedParts, sheet: str, own: str, drawing: str) -> None:
    """A drawing for a sheet: a new one, or the copy of the one that it shares."""
    added.declare(drawing, _DRAWING_TYPE)
    if not own:
        added.root(drawing, f"<xdr:wsDr {_NAMESPACES}/>")
        added.relate(sheet, _LINK, "drawing", drawing)
        return
    added.copy(own, drawing)
    for relation in added.relations(sheet):
        if (relation.get("Type") or "").endswith("/drawing"):
            relation.set("Target", f"/{drawing}")


def _anchor(found: PictureAt, number: int, relation: str) -> str:
    picture = found.picture
    size = f'cx="{picture.width}" cy="{picture.height}"'
    return (
        f"<xdr:oneCellAnchor {_NAMESPACES}><xdr:from><xdr:col>{found.column - 1}</xdr:col><xdr:colOff>0</xdr:colOff>"
        f"<xdr:row>{found.row - 1}</xdr:row><xdr:rowOff>0</xdr:rowOff></xdr:from><xdr:ext {size}/>"
        f'<xdr:pic><xdr:nvPicPr><xdr:cNvPr id="{number}" name="图片 {number}" descr="{escape(picture.text)}"/>'
        '<xdr:cNvPicPr><a:picLocks noChangeAspect="1"/></xdr:cNvPicPr></xdr:nvPicPr>'
        f'<xdr:blipFill><a:blip r:embed="{relation}"/><a:stretch><a:fillRect/></a:stretch></xdr:blipFill>'
        f'<xdr:spPr><a:xfrm><a:off x="0" y="0"/><a:ext {size}/></a:xfrm><a:prstGeom prst="rect"><a:avLst/></a:prstGeom>'
        "</xdr:spPr></xdr:pic><xdr:clientData/></xdr:oneCellAnchor>"
    )
