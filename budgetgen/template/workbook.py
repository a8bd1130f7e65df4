"""A workbook template, compiled once; each render fills its sheets and writes the whole file."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from lxml import etree
from markupsafe import Markup, escape

from budgetgen.expression import inking, unmark
from budgetgen.template import word_table
from budgetgen.template.outcome import Printed, Rendered, TemplateError
from budgetgen.template.package import PackageWriter, encode, parse, read_package
from budgetgen.template.parts import TextPart, doubled, text_parts
from budgetgen.template.references import Formula, Reference, quote
from budgetgen.template.sheet import SheetPlan
from budgetgen.template.sheet_frame import SheetFrame
from budgetgen.template.sheet_writer import SheetWriter
from budgetgen.template.sheet_xml import MAIN, SharedStrings, SheetReader, q, read_runs
from budgetgen.template.slots import serialize
from budgetgen.template.styles import Styles
from budgetgen.template.tags import has_tags

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from budgetgen.expression import Environment
    from budgetgen.figures import Blank, Figure
    from budgetgen.template.outcome import WordTable
    from budgetgen.template.references import Layout
    from budgetgen.template.sheet import Filled

_REL = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"
_ID = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_MAX_SHEET_NAME = 31
_BAD_IN_SHEET_NAME = frozenset("[]:*?/\\")


class _Sheet:
    """One sheet of the template with everything that writes it."""

    def __init__(self, book: _Book, name: str, part: str) -> None:
        root = book.root(part)
        data = root.find(q("sheetData"))
        raw = SheetReader(book.strings, book.file, name).rows(data) if data is not None else ()
        self.name, self.part = name, part
        self.plan = SheetPlan(name, raw, book.env, book.file)
        self.columns = word_table.ColumnWidths(root)
        self.writer = SheetWriter(self.plan, book.styles, book.shared.numbers, book.file)
        self.frame = SheetFrame(root)
        self.headers = [
            TextPart(h, book.env, book.file, f"{name} 的页眉页脚", shown=doubled) for h in self.frame.headers if has_tags(h.text or "")
        ]
        self.header_texts: list[str] = []
        for index, header in enumerate(self.headers):
            self.frame.text_slot(header.element, lambda _l, _o, i=index: self.header_texts[i])
        self.pieces = self.frame.pieces()
        self.titles: Reference | None = None
        self._word: dict[int, word_table.WordWriter] = {}

    def word(self, styles: Styles, width: int, file: str) -> word_table.WordWriter:
        if width not in self._word:
            about = word_table.SheetAbout(self.plan, self.frame.merges, self.columns, self.titles, file)
            self._word[width] = word_table.WordWriter(about, styles, width)
        return self._word[width]


class _Book:
    """What the sheets share while compiling."""

    def __init__(self, parts: dict[str, bytes], env: Environment, file: str) -> None:
        self.parts, self.env, self.file = parts, env, file
        self.main = "xl/workbook.xml"
        if self.main not in parts:
            raise TemplateError(file, "", "不是 .xlsx 工作簿")
        self.workbook = self.root(self.main)
        if self.workbook.tag != q("workbook"):
            raise TemplateError(file, "", "不支持 Strict Open XML 格式，请另存为普通的 .xlsx")
        self.targets = self._targets()
        found = next((t for t, kind in self.targets.values() if kind == "sharedStrings"), "")
        strings = self.root(found) if found in parts else None
        self.strings = [read_runs(i) for i in strings.findall(q("si"))] if strings is not None else []
        tagged = frozenset(i for i, runs in enumerate(self.strings) if has_tags("".join(r.text for r in runs)))
        self.shared = SharedStrings(strings, tagged)
        if found in parts:
            parts[found] = self.shared.xml.encode()
        self.style_part = next((t for t, kind in self.targets.values() if kind == "styles"), "")
        styles = self.root(self.style_part) if self.style_part in parts else etree.Element(q("styleSheet"))
        self.styles = Styles(styles)

    def root(self, part: str) -> etree._Element:
        return parse(self.parts[part], self.file, part)

    def _targets(self) -> dict[str, tuple[str, str]]:
        """Relationship id → part and kind, of the workbook."""
        relations = self.parts.get("xl/_rels/workbook.xml.rels")
        if relations is None:
            raise TemplateError(self.file, "", "工作簿缺少关系文件")
        found = {}
        for rel in parse(relations, self.file, "workbook.xml.rels").iter(_REL):
            target = rel.get("Target") or ""
            target = target[1:] if target.startswith("/") else posixpath.normpath(f"xl/{target}")
            found[rel.get("Id") or ""] = (target, (rel.get("Type") or "").rsplit("/", 1)[-1])
        return found


class WorkbookRenderer:
    """A compiled `.xlsx`. Rendering changes nothing in it: one renderer serves any number of units."""

    def __init__(self, path: Path, env: Environment) -> None:
        self._file = path.name
        book = _Book(read_package(path), env, path.name)
        self._styles, self._env = book.styles, env
        elements = book.workbook.findall(f"{q('sheets')}/{q('sheet')}")
        self._all_names = tuple(e.get("name") or "" for e in elements)
        self._sheets: dict[str, _Sheet] = {}
        for element in elements:
            part, kind = book.targets.get(element.get(_ID) or "", ("", ""))
            name = element.get("name") or ""
            if kind == "worksheet" and part in book.parts:
                self._sheets[name] = _Sheet(book, name, part)
        self.sheets = tuple(self._sheets)
        self._book = _WorkbookPart(book, elements, self._all_names, env)
        for name, area in self._book.titles.items():
            if name in self._sheets:
                self._sheets[name].titles = area
        if book.styles.changed:
            book.parts[book.style_part] = book.styles.xml
        self._properties = text_parts(book.parts, env, path.name)
        _drop_chain(book)
        moving = {s.part for s in self._sheets.values()} | {book.main} | set(self._properties)
        self._package = PackageWriter({n: d for n, d in book.parts.items() if n not in moving})

    def render(self, namespace: Mapping[str, object]) -> Rendered:
        """The whole workbook. TemplateError: a tag that cannot be filled, a value that no workbook can hold."""
        with inking() as ink:
            names = self._book.names(namespace)
            filled = {name: self._fill(sheet, namespace, names) for name, sheet in self._sheets.items()}
            layouts = {name: f.layout for name, f in filled.items()}
            printed: list[Printed] = []
            parts: dict[str, bytes] = {}
            for name, sheet in self._sheets.items():
                xml = _sheet_xml(sheet, filled[name], layouts, ink.values, printed)
                parts[sheet.part] = self._encoded(xml, name)
            parts[self._book.part] = self._encoded(self._book.xml(names, layouts, namespace), "")
            for part, text in self._properties.items():
                parts[part] = self._encoded(unmark(text.text(namespace))[0], part)
        return Rendered(self._package.write(parts), tuple(printed))

    def word_table(self, sheet: str, namespace: Mapping[str, object], *, width: int) -> WordTable:
        """The filled sheet as a table for a document, `width` twips wide. KeyError: no such sheet."""
        found = self._sheets[sheet]
        return found.word(self._styles, width, self._file).table(found.plan.fill(namespace))

    def _fill(self, sheet: _Sheet, namespace: Mapping[str, object], names: Mapping[str, str]) -> Filled:
        filled = sheet.plan.fill(namespace)
        filled.layout.name = names[sheet.name]
        sheet.header_texts = [unmark(h.text(namespace))[0] for h in sheet.headers]
        return filled

    def _encoded(self, xml: str, place: str) -> bytes:
        return encode(xml, self._file, place)


def _sheet_xml(
    sheet: _Sheet, filled: Filled, layouts: Mapping[str, Layout], values: list[Figure | Blank], printed: list[Printed]
) -> str:
    layout = filled.layout

    def layout_of(name: str) -> Layout | None:
        return layouts.get(name) if name else layout

    out: list[str] = []
    for piece in sheet.pieces:
        if isinstance(piece, str):
            out.append(piece)
        elif piece is SheetFrame.ROWS:
            out.append(sheet.writer.rows(filled, values, printed, layout_of))
        else:
            out.append(piece(layout, layout_of))  # type: ignore[operator]
    return "".join(out)


class _WorkbookPart:
    """`workbook.xml`: the sheets' names, and the names that are defined for ranges of them."""

    def __init__(self, book: _Book, elements: list[etree._Element], names: tuple[str, ...], env: Environment) -> None:
        self.part, self._file = book.main, book.file
        self._elements, self._sheet_names, self._root = elements, names, book.workbook
        self._named = [
            TextPart(e, env, book.file, f"工作表名“{n}”", attribute="name") if has_tags(n) else None
            for e, n in zip(elements, names, strict=True)
        ]
        self.titles: dict[str, Reference] = {}
        self._defined: list[tuple[etree._Element, Formula, TextPart | None, str]] = []
        for element in book.workbook.iterfind(f"{q('definedNames')}/{q('definedName')}"):
            self._define(element, env)
        self._recalculate(book)

    def _define(self, element: etree._Element, env: Environment) -> None:
        local = element.get("localSheetId")
        sheet = self._sheet_names[int(local)] if local and int(local) < len(self._sheet_names) else ""
        text = element.text or ""
        tagged = TextPart(element, env, self._file, f"名称“{element.get('name')}”") if has_tags(text) else None
        formula = Formula.parse(text)
        if element.get("name") == "_xlnm.Print_Titles":
            for piece in formula.pieces:
                if not isinstance(piece, str) and piece[1].kind == "rows":
                    self.titles[sheet] = piece[1]
        self._defined.append((element, formula, tagged, sheet))

    def _recalculate(self, book: _Book) -> None:
        """Formulas lost their cached values: whoever opens the file is to calculate them."""
        calculation = self._root.find(q("calcPr"))
        if calculation is not None:
            calculation.set("fullCalcOnLoad", "1")

    def names(self, namespace: Mapping[str, object]) -> dict[str, str]:
        """The sheets' names in the output. TemplateError: one that Excel would not take."""
        names: dict[str, str] = {}
        for old, part in zip(self._sheet_names, self._named, strict=True):
            new = str(Markup(unmark(part.text(namespace))[0]).unescape()) if part else old
            if part and (not 0 < len(new) <= _MAX_SHEET_NAME or _BAD_IN_SHEET_NAME & set(new) or new.strip("'") != new):
                raise TemplateError(self._file, f"工作表名“{old}”", f"“{new}”不能作工作表名（1–31 字，不含 []:*?/\\）")
            if new.casefold() in (n.casefold() for n in names.values()):
                raise TemplateError(self._file, f"工作表名“{old}”", f"两张表都叫“{new}”")
            names[old] = new
        return names

    def xml(self, names: Mapping[str, str], layouts: Mapping[str, Layout], namespace: Mapping[str, object]) -> str:
        for element, old in zip(self._elements, self._sheet_names, strict=True):
            element.set("name", names[old])
        for element, formula, tagged, sheet in self._defined:
            if tagged:
                element.text = str(Markup(unmark(tagged.text(namespace))[0]).unescape())
            else:
                element.text = formula.text(lambda n, s=sheet: layouts.get(n or s))
        return serialize(self._root)


def _drop_chain(book: _Book) -> None:
    """The calculation chain lists cells that move; Excel builds it anew."""
    chain = next((t for t, kind in book.targets.values() if kind == "calcChain"), "")
    if book.parts.pop(chain, None) is None:
        return
    for part, attribute in (("[Content_Types].xml", "PartName"), ("xl/_rels/workbook.xml.rels", "Target")):
        root = book.root(part)
        for element in list(root):
            if (element.get(attribute) or "").endswith("calcChain.xml"):
                root.remove(element)
        book.parts[part] = serialize(root).encode()


__all__ = ["MAIN", "WorkbookRenderer", "escape", "quote"]
