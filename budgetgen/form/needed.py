"""What a packet can't do without, in the 填报表: 必填 on its headers, a colour while it is blank, a count on the first sheet."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from openpyxl.worksheet.hyperlink import Hyperlink
from openpyxl.worksheet.worksheet import Worksheet

from budgetgen.form import look

_PENDING = "【待填写*"
"""What stands in a cell that is still to be filled, for COUNTIF."""


class Needed:
    """The places of what is needed, met as the sheets are written: `paths` are those of the fields."""

    def __init__(self, paths: Collection[str] = ()) -> None:
        self._paths = frozenset(paths)
        self._met: set[str] = set()
        self._counts: dict[str, list[str]] = {}
        self._firsts: dict[str, str] = {}

    def of(self, path: str) -> str:
        """What is needed of which the field at `path` is (a part): itself, its list, a section; blank where nothing is."""
        names = path.partition("[")[0].split(".")
        above = (".".join(names[:count]) for count in range(len(names), 0, -1))
        return path if path in self._paths else next((p for p in above if p in self._paths), "")

    def fact(self, path: str, cells: Sequence[Any], head: Any) -> None:
        """The `cells` below each other of what is needed: one of them must be filled. What an earlier sheet has is not asked again."""
        if path in self._met:
            return
        self._met.add(path)
        if len(cells) == 1:
            self.cell(cells[0], head)
        else:
            self.column(cells[0].parent, f"{cells[0].coordinate}:{cells[-1].coordinate}", head)

    def cell(self, cell: Any, head: Any) -> None:
        """A cell that is needed, under or beside `head`."""
        look.mark(head)
        look.light(cell.parent, cell.coordinate)
        at = f"{_quoted(cell.parent)}!{look.address(cell)}"
        self._count(cell.parent, cell.coordinate, f'COUNTBLANK({at})+COUNTIF({at},"{_PENDING}")')

    def column(self, sheet: Worksheet, span: str, head: Any) -> None:
        """Cells below each other of which at least one is needed: the first is coloured while all are blank."""
        look.mark(head)
        fixed = ":".join(look.address(sheet[part]) for part in span.split(":"))
        first = span.partition(":")[0]
        look.light(sheet, first, f"COUNTA({fixed})=0")
        self._count(sheet, first, f"(COUNTA({_quoted(sheet)}!{fixed})=0)")

    def _count(self, sheet: Worksheet, first: str, blank: str) -> None:
        self._counts.setdefault(sheet.title, []).append(blank)
        self._firsts.setdefault(sheet.title, first)

    def write(self, sheet: Worksheet, names: Sequence[str], row: int) -> int:
        """List from `row` on, by sheet (`names`: all, in order), how many cells are still blank; the row after. Nothing where nothing is needed."""
        if not self._counts:
            return row
        counts = {name: self._counts[name] for name in names if name in self._counts}
        total = "+".join(part for parts in counts.values() for part in parts)
        _line(sheet, row, "还要填", f'="共有 "&({total})&" 格必填的还没有填。点左边的表名到那张表。"')
        sheet.cell(row, 1).font = look.BOLD
        for at, (name, parts) in enumerate(counts.items(), row + 1):
            blank = "+".join(parts)
            told = f'=IF({blank}=0,"填好了","还有 "&({blank})&" 格")'
            _line(sheet, at, name, told)
            link: Any = sheet.cell(at, 1)
            link.hyperlink = Hyperlink(ref=link.coordinate, location=f"'{name}'!{self._firsts[name]}")
            link.font = look.LINK
        return row + len(counts) + 2


def _line(sheet: Worksheet, row: int, *texts: str) -> None:
    for column, text in enumerate(texts, 1):
        cell: Any = sheet.cell(row, column)
        cell.value = text
        look.style_fixed(cell)


def _quoted(sheet: Worksheet) -> str:
    return "'" + sheet.title.replace("'", "''") + "'"
