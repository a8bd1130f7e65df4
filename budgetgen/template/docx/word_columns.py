"""The columns of a sheet as the columns of a Word table."""

from __future__ import annotations

import copy
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING

from budgetgen.template.xlsx.sheet_xml import q

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lxml import etree

    from budgetgen.template.xlsx.axis import Axis

_DEFAULT_WIDTH = 9.14
_MOST_COLUMNS = 1024


class ColumnWidths:
    """The widths of a sheet's columns in characters; hidden ones are 0."""

    def __init__(self, root: etree._Element) -> None:
        form = root.find(q("sheetFormatPr"))
        given = form.get("defaultColWidth") if form is not None else None
        self._default = float(given) if given else _DEFAULT_WIDTH
        self._widths: dict[int, float] = {}
        for column in root.iterfind(f"{q('cols')}/{q('col')}"):
            width = 0.0 if column.get("hidden") in ("1", "true") else float(column.get("width") or self._default)
            for number in range(int(column.get("min") or 1), min(int(column.get("max") or 1), _MOST_COLUMNS) + 1):
                self._widths[number] = width

    def __getitem__(self, column: int) -> float:
        return self._widths.get(column, self._default)

    def spread(self, columns: Axis) -> ColumnWidths:
        """The widths of columns that loops have repeated."""
        if not columns.bands:
            return self
        spread = copy.copy(self)
        spread._widths = {  # noqa: SLF001 - its own kind
            start + offset: self[band.first + offset]
            for band, found in zip(columns.bands, columns.instances, strict=True)
            for start, _ in found
            for offset in range(band.size)
        }
        return spread


class Grid:
    """The columns that a table shows, and their widths in twips, which make up the whole exactly."""

    def __init__(self, columns: Sequence[int], widths: ColumnWidths, total: int) -> None:
        self.columns = list(columns)
        given = [widths[c] for c in self.columns]
        whole = sum(given) or 1
        bounds = [round(at / whole * total) for at in accumulate(given, initial=0.0)]
        self.widths = [b - a for a, b in pairwise(bounds)]
        self.total = total

    def span(self, left: int, right: int) -> tuple[int, int]:
        """How many columns lie from `left` to `right`, and how wide they are together."""
        found = [w for c, w in zip(self.columns, self.widths, strict=True) if left <= c <= right]
        return len(found), sum(found)

    @property
    def xml(self) -> str:
        """The `w:tblGrid`."""
        return "<w:tblGrid>" + "".join(f'<w:gridCol w:w="{w}"/>' for w in self.widths) + "</w:tblGrid>"
