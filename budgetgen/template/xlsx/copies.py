"""A worksheet that comes once for each item of a list, or only if: `{%ts for 项目 in … %}` alone in its first row.

The text behind the tag is what each sheet is called in the output: `{%ts for 项目 in 绩效自评.项目 %}{{ 项目.名称 }}`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from budgetgen.template.language.outcome import TemplateError
from budgetgen.template.language.statements import TextWriter

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from budgetgen.template.language.script import Source
    from budgetgen.template.language.tags import Tag
    from budgetgen.template.xlsx.sheet import CellPlan
    from budgetgen.template.xlsx.sheet_xml import RawRow

MAX_SHEET_NAME = 31
BAD_IN_SHEET_NAME = frozenset("[]:*?/\\")
_SCOPE = "ts"
_FOR = re.compile(r"for\s+(\w+)\s+in\s")
_FORM = "写成 {%ts for 项目 in 列表 %} 或 {%ts if 条件 %}，单独写在第一行的一格里，不用写结束"


def scoped(cells: Iterable[CellPlan], scope: str) -> list[CellPlan]:
    """The cells with tags that stand for `scope`."""
    return [c for c in cells if any(t.scope == scope for t in c.tags)]


@dataclass(frozen=True, slots=True)
class Copies:
    """How often a sheet comes: `word` is `for`, `if` or blank (once); `row` is the row that says so, and vanishes."""

    word: str = ""
    row: int = 0
    tag: Tag | None = None
    cell: CellPlan | None = None
    place: str = ""
    file: str = ""

    @classmethod
    def of(cls, rows: Sequence[tuple[RawRow, list[CellPlan]]], sheet: str, file: str) -> Copies:
        """TemplateError: a `{%ts … %}` elsewhere than alone in the first row, or one that cannot be understood."""
        found = [(row, cell) for row, cells in rows for cell in scoped(cells, _SCOPE)]
        if not found:
            return cls()
        row, cell = found[0]
        place = f"{sheet}!{(found[1] if len(found) > 1 else found[0])[1].raw.name}"
        tags = [t for t in cell.tags if t.scope == _SCOPE]
        alone = all(c is cell or not (c.raw.text or c.raw.value or c.raw.formula) for c in rows[0][1])
        word = tags[0].keyword
        understood = word == "if" or (word == "for" and _FOR.match(tags[0].code))
        if len(found) > 1 or len(tags) > 1 or row is not rows[0][0] or not alone or not understood:
            raise TemplateError(file, place, f"不能这样用 {tags[0]}：{_FORM}")
        return cls(word, row.number, tags[0], cell, place, file)

    def open(self, source: Source) -> None:
        """Statements before those of the sheet's rows."""
        if self.tag is None or self.cell is None:
            return
        source.statement(self.tag.code, self.place)
        source.statement("set _0", self.place)
        raw, at = self.cell.raw.text, self.tag
        title = TextWriter(source, self.file, self.place)
        title.write(f"{raw[: at.start]}{raw[at.end :]}")
        source.statement("endset", self.place)
        item = found[1] if (found := _FOR.match(self.tag.code)) else "none"
        source.statement(f"do _copy({item}, _0)", self.place)

    def close(self, source: Source) -> None:
        """Statements after those of the sheet's rows."""
        if self.tag is not None:
            source.statement(f"end{self.word}", self.place)


def sheet_name(wanted: str, otherwise: str, taken: Collection[str]) -> str:
    """A name for a sheet that Excel takes and no sheet of the casefolded names `taken` has, as near as may be."""
    clean = "".join("_" if c in BAD_IN_SHEET_NAME or ord(c) < ord(" ") else c for c in wanted)
    base = _cut(clean.strip().strip("'"), MAX_SHEET_NAME).rstrip().rstrip("'") or otherwise
    name, number = base, 1
    while name.casefold() in taken:
        number += 1
        mark = f"({number})"
        name = _cut(base, MAX_SHEET_NAME - len(mark)) + mark
    return name


def _cut(text: str, most: int) -> str:
    """As much of `text` as Excel counts for `most`: a rare character counts twice."""
    return text.encode("utf-16-le")[: 2 * most].decode("utf-16-le", errors="ignore")
