"""The parts of a workbook's package that list its sheets, where a sheet comes several times or not at all."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from budgetgen.template.language.outcome import TemplateError
from budgetgen.template.language.package import encode
from budgetgen.template.language.slots import Slots, fragment, serialize
from budgetgen.template.xlsx.book import CONTENT_TYPES, RELATIONS, copy_relation
from budgetgen.template.xlsx.references import unquote
from budgetgen.template.xlsx.sheet_xml import q

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from lxml import etree

    from budgetgen.template.xlsx.book import Book, Placed
    from budgetgen.template.xlsx.references import Formula
    from budgetgen.template.xlsx.sheet import SheetPlan

_ID = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_PRINTER = "/printerSettings"


def part_of_copy(part: str, copy: int) -> str:
    """The part of a copy of the sheet in `part`; the first copy takes the sheet's own."""
    return f"{part.removesuffix('.xml')}-{copy + 1}.xml" if copy else part


def relations_of(part: str) -> str:
    """The part that holds the relations of `part`."""
    folder, name = posixpath.split(part)
    return f"{folder}/_rels/{name}.rels"


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


def check_references(book: Book, plans: Mapping[str, SheetPlan]) -> Iterable[TemplateError]:
    """Formulas that name a sheet which comes several times or not at all: they would not know which."""
    copied = {name for name, plan in plans.items() if plan.copied}
    for name, plan in plans.items() if copied else ():
        for cell in (c for row in plan.rows for c in row.cells if c.raw.formula):
            for named in _sheets_named(cell.raw.formula):
                if named in copied:
                    cause = f"公式引用了会重复的工作表“{named}”，改成标签"
                    yield TemplateError(book.file, f"{name}!{cell.raw.name}", cause)


def _sheets_named(formula: Formula | None) -> Iterable[str]:
    pieces = formula.pieces if formula else ()
    return (unquote(p[0]) for p in pieces if not isinstance(p, str) and p[0])


class SheetIndex:
    """Writes them. `copied` are the sheets that come several times, with their parts; empty: none of it changes."""

    def __init__(self, book: Book, copied: Mapping[str, str]) -> None:
        self._file, self._copied = book.file, copied
        self._relations = {p: book.parts.get(relations_of(p), b"") for p in copied.values()}
        self._lists = {
            name: self._cut(book.root(name), attribute)
            for name, attribute in ((CONTENT_TYPES, "PartName"), (RELATIONS, "Target"))
            if copied
        }
        self.changing = {*self._lists, *map(relations_of, copied.values())}

    def _cut(self, root: etree._Element, attribute: str) -> list[str | tuple[str, str]]:
        """A list's XML; an entry of a copied sheet stands there as the sheet's name and what its entries look like."""
        slots: Slots[tuple[str, str]] = Slots()
        for name, part in self._copied.items():
            for element in [e for e in root if _part_named(e.get(attribute) or "") == part]:
                slots.replace(element, (name, fragment(element)))
        return list(slots.cut(serialize(root)))

    def parts(self, sheets: Sequence[Placed]) -> dict[str, bytes]:
        """The parts as these sheets need them."""
        found = {name: encode(self._list(pieces, sheets), self._file, name) for name, pieces in self._lists.items()}
        for sheet in sheets:
            part = self._copied.get(sheet.template, "")
            if self._relations.get(part):
                found[relations_of(part_of_copy(part, sheet.copy))] = self._relations[part]
        return found

    def _list(self, pieces: Sequence[str | tuple[str, str]], sheets: Sequence[Placed]) -> str:
        out: list[str] = []
        for piece in pieces:
            if isinstance(piece, str):
                out.append(piece)
                continue
            name, entry = piece
            for index, sheet in enumerate(sheets):
                if sheet.template == name:
                    out.append(self._entry(entry, self._copied[name], sheet.copy, index))
        return "".join(out)

    @staticmethod
    def _entry(entry: str, part: str, copy: int, index: int) -> str:
        if not copy:
            return entry
        file = posixpath.basename(part)
        entry = entry.replace(f'/{file}"', f'/{posixpath.basename(part_of_copy(part, copy))}"', 1)
        before, found, after = entry.partition(' Id="')
        return f'{before}{found}{copy_relation(index)}"{after.partition(chr(34))[2]}' if found else entry


def _part_named(name: str) -> str:
    """The part that the workbook's lists call so: from the package's root, or from the workbook's folder."""
    return name[1:] if name.startswith("/") else posixpath.normpath(f"xl/{name}")
