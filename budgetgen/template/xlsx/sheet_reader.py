"""A worksheet's XML → its rows and cells as plain values; shared, inline and rich strings alike."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from markupsafe import escape

from budgetgen.office.cells import column_name
from budgetgen.records import record
from budgetgen.template.language.package_parts import HEADER, fragment
from budgetgen.template.language.rendered import TemplateError
from budgetgen.template.xlsx.references import Formula, Reference

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml import etree


MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
NS = {"m": MAIN}
_METADATA = ("cm", "vm")
_TRUE = ("1", "true")


def q(name: str) -> str:
    """`name` in the namespace of worksheets."""
    return f"{{{MAIN}}}{name}"


@record
class Run:
    """A stretch of a string in one font; `properties` is its `rPr` as XML, or blank."""

    text: str
    properties: str = ""


@record
class RawCell:
    """A cell as the file has it. `type` is the file's (`n`, `s`, `b`, `e`, `str`), strings are always given as runs.

    `metadata` are the attributes that point into the workbook's metadata: `vm` for a picture in the cell, `cm` for a
    formula whose results spill.
    """

    row: int
    column: int
    style: int
    type: str = "n"
    value: str = ""
    runs: tuple[Run, ...] = ()
    formula: Formula | None = None
    array: bool = False
    origin: str = ""
    metadata: str = ""

    @property
    def text(self) -> str:
        """Its string, if it is one."""
        return "".join(r.text for r in self.runs)

    @property
    def name(self) -> str:
        """Where it stands in the template."""
        return self.origin or f"{column_name(self.column)}{self.row}"


@record
class RawRow:
    """A row as the file has it. `attributes` are all but its number, as XML; `plain` are those but for its height.

    `is_fixed`: a person has set the height; any other is only what the row had when the template was saved.
    """

    number: int
    attributes: str
    plain: str
    height: float | None
    is_fixed: bool
    hidden: bool
    cells: tuple[RawCell, ...]


def _plain(element: etree._Element) -> list[tuple[str, str]]:
    """The attributes without a namespace."""
    return [(str(k), str(v)) for k, v in element.attrib.items() if not str(k).startswith("{")]


def read_runs(element: etree._Element) -> tuple[Run, ...]:
    """The runs of an `si` or `is`; phonetic guides are left out."""
    runs = [
        Run(r.findtext(q("t")) or "", fragment(p) if (p := r.find(q("rPr"))) is not None else "")
        for r in element.findall(q("r"))
    ]
    plain = element.findtext(q("t"))
    return tuple(r for r in ([Run(plain)] if plain else []) + runs if r.text)


class SharedStrings:
    """The workbook's strings: those with tags are taken out, the rest keep their order under new numbers."""

    def __init__(self, root: etree._Element | None, tagged: frozenset[int]) -> None:
        self.numbers: dict[int, int] = {}
        self.xml = ""
        if root is None:
            return
        items = root.findall(q("si"))
        kept = [i for i in range(len(items)) if i not in tagged]
        self.numbers = {old: new for new, old in enumerate(kept)}
        body = "".join(fragment(items[i]) for i in kept)
        spaces = "".join(f' xmlns:{p}="{u}"' if p else f' xmlns="{u}"' for p, u in root.nsmap.items())
        self.xml = f'{HEADER}<sst{spaces} uniqueCount="{len(kept)}">{body}</sst>'


class SheetReader:
    """Reads the rows of one sheet, given the workbook's shared strings as runs."""

    def __init__(self, strings: list[tuple[Run, ...]], file: str, sheet: str) -> None:
        self._strings, self._file, self._sheet = strings, file, sheet
        self._shared: dict[str, tuple[int, int, Formula]] = {}

    def rows(self, data: etree._Element) -> Iterator[RawRow]:
        """The rows of `sheetData` in order."""
        number = 0
        for row in data.iterchildren(q("row")):
            number = int(row.get("r") or number + 1)
            height = row.get("ht")
            kept = [(k, f' {k}="{escape(v)}"') for k, v in _plain(row) if k not in ("r", "spans")]
            yield RawRow(
                number, "".join(x for _, x in kept), "".join(x for k, x in kept if k not in ("ht", "customHeight")),
                float(height) if height else None, row.get("customHeight") in _TRUE, row.get("hidden") in _TRUE,
                tuple(self._cells(row, number)),
            )  # fmt: skip

    def _cells(self, row: etree._Element, number: int) -> Iterator[RawCell]:
        column = 0
        for cell in row.iterchildren(q("c")):
            place = cell.get("r")
            column = Reference.parse(place).left if place else column + 1
            found = self._cell(cell, number, column)
            metadata = "".join(f' {name}="{cell.get(name)}"' for name in _METADATA if cell.get(name))
            yield replace(found, metadata=metadata) if metadata else found

    def _cell(self, cell: etree._Element, row: int, column: int) -> RawCell:
        kind, style = cell.get("t") or "n", int(cell.get("s") or 0)
        value = cell.findtext(q("v")) or ""
        element = cell.find(q("f"))
        formula = self._formula(element, row, column)
        if element is not None and formula is not None:
            return RawCell(row, column, style, kind, value, (), formula, element.get("t") == "array")
        if kind == "s" and value:
            return RawCell(row, column, style, "s", value, self._strings[int(value)])
        if kind == "inlineStr":
            inline = cell.find(q("is"))
            return RawCell(row, column, style, "is", "", read_runs(inline) if inline is not None else ())
        if kind == "str":
            return RawCell(row, column, style, "is", "", (Run(value),) if value else ())
        return RawCell(row, column, style, kind, value)

    def _formula(self, element: etree._Element | None, row: int, column: int) -> Formula | None:
        """A cell's own formula; one that it shares with others is written out."""
        if element is None:
            return None
        kind, text = element.get("t") or "normal", element.text or ""
        if kind == "dataTable" or (kind == "array" and ":" in (element.get("ref") or "")):
            what = "模拟运算表" if kind == "dataTable" else "多单元格数组公式"
            raise TemplateError(self._file, f"{self._sheet}!{column_name(column)}{row}", f"模板不支持{what}")
        if kind == "shared":
            key = element.get("si") or ""
            if text:
                self._shared[key] = (row, column, Formula.parse(text))
            if key in self._shared:
                from_row, from_column, formula = self._shared[key]
                return formula.shifted(row - from_row, column - from_column)
        return Formula.parse(text)
