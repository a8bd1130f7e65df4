"""A worksheet's rows → its plan: which cells and rows hold tags, and the script that evaluates them.

A worksheet may come once for each item of a list, or only if: `{%ts for 项目 in … %}` alone in its first row. The text
behind the tag is what each sheet is called in the output: `{%ts for 项目 in 绩效自评.项目 %}{{ 项目.名称 }}`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from budgetgen.records import record
from budgetgen.template.language.rendered import TemplateError
from budgetgen.template.language.script import Script, Source, TextWriter, escaped
from budgetgen.template.language.tags import LOOPING, Tag, check_statement, has_tags, outside, tags_of, unescape
from budgetgen.template.xlsx.references import Band
from budgetgen.template.xlsx.sheet_plan import RUN_MARK, CellPlan, RowPlan, SheetPlan

if TYPE_CHECKING:
    from collections.abc import Collection

    from budgetgen.expression import Environment
    from budgetgen.template.xlsx.cell_styles import Styles
    from budgetgen.template.xlsx.sheet_reader import RawCell, RawRow


MAX_SHEET_NAME = 31
BAD_IN_SHEET_NAME = frozenset("[]:*?/\\")
_SCOPE = "ts"
_FOR = re.compile(r"for\s+(\w+)\s+in\s")
_FORM = "写成 {%ts for 项目 in 列表 %} 或 {%ts if 条件 %}，单独写在第一行的一格里，不用写结束"


def scoped(cells: Iterable[CellPlan], scope: str) -> list[CellPlan]:
    """The cells with tags that stand for `scope`."""
    return [c for c in cells if any(t.scope == scope for t in c.tags)]


@record
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


_JOIN = "vm"
"""The statement (docxtpl's word) that merges a cell with the one above it."""


def compile_sheet(name: str, raw: Iterable[RawRow], env: Environment, file: str, styles: Styles) -> SheetPlan:
    """The plan of the sheet `name`. TemplateError: tags that cannot be used, with their cell."""
    reader = CellReader(name, file, styles)
    rows = [(r, [reader.plan(c) for c in r.cells]) for r in raw]
    columns = _Columns.of(rows, name, file)
    copies = Copies.of(rows, name, file)
    compiler = _Compiler(name, file, columns, copies)
    for row, cells in rows:
        compiler.row(row, cells)
    compiler.finish()
    script = Script(compiler.source, env, file, name)
    return SheetPlan(name, file, env, script, compiler.rows, columns.bands, copies.word)


class CellReader:
    """Reads the tags of single cells."""

    def __init__(self, sheet: str, file: str, styles: Styles) -> None:
        self._sheet, self._file, self._styles = sheet, file, styles

    def plan(self, raw: RawCell) -> CellPlan:
        """The cell with its tags. TemplateError: tags that no cell can have."""
        text, place = raw.text, f"{self._sheet}!{raw.name}"
        if raw.formula is not None:
            if has_tags(raw.formula.source):
                raise TemplateError(self._file, place, "公式中的标签不会填写，请把它写进单独的单元格再引用")
            return CellPlan(raw)
        if not has_tags(text):
            return CellPlan(_without_escapes(raw))
        tags = tags_of(text, self._file, place)
        for tag in tags:
            if tag.scope in ("p", "r"):
                raise TemplateError(self._file, place, f"工作表中没有 {tag.kind}{tag.scope} 标签，只有 {{%tr 和 {{%tc")
            if tag.scope and tag.is_output:
                raise TemplateError(self._file, place, f"没有 {{{{{tag.scope} … }}}} 这种标签")
        tags, join = self._joining(tags, place)
        shown = [t for t in tags if not t.is_comment]
        around = outside(text, tags)
        if len(shown) != 1 or not shown[0].is_output or around.strip():
            return CellPlan(raw, tags, join=join)
        before = outside(text[: shown[0].start], [t for t in tags if t.end <= shown[0].start])
        behind, form = around[len(before) :], self._styles[raw.style].format
        is_plain = not before and not behind
        return CellPlan(raw, tags, shown[0].code, (before, behind), join=join, form=form, is_plain=is_plain)

    def _joining(self, tags: tuple[Tag, ...], place: str) -> tuple[tuple[Tag, ...], str]:
        """The expression of the cell's `{% vm … %}`, and its tags, among which that one says no more than a comment."""
        found = [t for t in tags if t.keyword == _JOIN]
        codes = [t.code[len(_JOIN) :].strip() for t in found]
        if len(found) > 1 or not all(codes):
            cause = "一格里只写一个 {% vm 名称 %}：名称相同的上下几格合并成一格"
            raise TemplateError(self._file, place, cause)
        return tuple(replace(t, kind="{#") if t in found else t for t in tags), "".join(codes)


def _without_escapes(raw: RawCell) -> RawCell:
    """A cell without tags, in whose text `{_{` stands for braces."""
    runs = tuple(replace(run, text=unescape(run.text)) for run in raw.runs)
    return raw if runs == raw.runs else replace(raw, type="is", value="", runs=runs)


class _Lines:
    """Statements between lines (rows or columns) and the loops that they open, numbered so that turns can be told."""

    def __init__(self, source: Source, file: str, turn: str, scope: str) -> None:
        self._source, self._file, self._turn, self._scope = source, file, turn, scope
        self._open: list[tuple[str, int, str]] = []
        self._count = 0

    @property
    def path(self) -> tuple[int, ...]:
        """The loops that are open, outermost first."""
        return tuple(number for _, number, _ in self._open if number)

    def statement(self, tag: Tag, place: str) -> None:
        """Write `tag`. TemplateError: it does not fit."""
        check_statement(tag, [word for word, _, _ in self._open], self._file, place)
        if tag.closes:
            self._open.pop()
        self._source.statement(tag.code, place)
        if tag.opens:
            looping = tag.opens in LOOPING
            self._count += looping
            self._open.append((tag.opens, self._count if looping else 0, place))
            if looping:
                self._source.statement(f"do _{self._turn}({len(self.path)})", place)

    def finish(self) -> None:
        """TemplateError: a block is still open."""
        if self._open:
            word, _, place = self._open[-1]
            raise TemplateError(self._file, place, f"{{%{self._scope} {word} … %}} 没有结束")


class _Columns:
    """The columns of a sheet whose tags repeat them: bands, and the statements that stand before each."""

    def __init__(self, bands: list[Band], before: Mapping[int, list[tuple[Tag, str]]], sheet: str, file: str) -> None:
        self.bands, self._before, self._sheet, self._file = bands, before, sheet, file

    @classmethod
    def of(cls, rows: Sequence[tuple[RawRow, list[CellPlan]]], sheet: str, file: str) -> _Columns:
        """TemplateError: a column of tags holds something else as well."""
        found: dict[int, tuple[list[str], list[tuple[Tag, str]]]] = {}
        for _, cells in rows:
            for cell in scoped(cells, "tc"):
                place = f"{sheet}!{cell.raw.name}"
                tags = [(t, place) for t in cell.tags if not t.is_comment]
                codes = [t.code for t, _ in tags]
                if any(t.scope != "tc" for t in cell.tags) or outside(cell.raw.text, cell.tags).strip():
                    raise TemplateError(file, place, "{%tc … %} 要独占一列，该列其他内容会随它消失")
                if found.setdefault(cell.raw.column, (codes, tags))[0] != codes:
                    raise TemplateError(file, place, "同一列里有两种 {%tc … %}")
        for _, cells in rows:
            for cell in cells:
                if cell.raw.column in found and not scoped([cell], "tc") and (cell.raw.text or cell.raw.value):
                    raise TemplateError(
                        file, f"{sheet}!{cell.raw.name}", "{%tc … %} 要独占一列，该列其他内容会随它消失"
                    )
        if not found:
            return cls([], {}, sheet, file)
        last = max((c.raw.column for _, cells in rows for c in cells), default=1)
        return cls._banded({c: tags for c, (_, tags) in found.items()}, last, sheet, file)

    @classmethod
    def _banded(cls, found: Mapping[int, list[tuple[Tag, str]]], last: int, sheet: str, file: str) -> _Columns:
        lines = _Lines(Source(), file, "column_turn", "tc")
        bands = []
        for column in range(1, last + 1):
            for tag, place in found.get(column, []):
                lines.statement(tag, place)
            bands.append(Band(column, column, lines.path, vanishes=column in found))
        lines.finish()
        return cls(bands, found, sheet, file)

    def write_layout(self, source: Source) -> None:
        """What notes the columns themselves, once for the sheet."""
        lines = _Lines(source, self._file, "column_turn", "tc")
        for index, band in enumerate(self.bands):
            if band.vanishes:
                for tag, place in self._before[band.first]:
                    lines.statement(tag, place)
            else:
                source.statement(f"do _column({index})", self._sheet)

    def write_row(self, cells: Sequence[CellPlan], compiler: _Compiler) -> None:
        """The filled cells of a row, each within the loops of its column."""
        by_column = {c.raw.column: c for c in cells if c.is_filled}
        for band in self.bands:
            if band.vanishes:
                for tag, place in self._before[band.first]:
                    compiler.source.statement(tag.code, place)
            elif band.first in by_column:
                compiler.cell(by_column[band.first], 0)
                compiler.source.statement("do _value(_0)", self._sheet)


class _Compiler:
    """Writes the script of a sheet, row by row."""

    def __init__(self, name: str, file: str, columns: _Columns, copies: Copies) -> None:
        self._name, self._file, self._columns, self._copies = name, file, columns, copies
        self.source = Source()
        self.rows: list[RowPlan] = []
        self._lines = _Lines(self.source, file, "turn", "tr")
        self._next = 1
        copies.open(self.source)
        columns.write_layout(self.source)

    def row(self, row: RawRow, cells: list[CellPlan]) -> None:
        """TemplateError: rows out of order, or a row of tags that holds something else as well."""
        if row.number < self._next:
            raise TemplateError(self._file, f"{self._name}!{row.number}:{row.number}", "行号重复或次序颠倒")
        if row.number > self._next:
            self._add(RowPlan(Band(self._next, row.number - 1, self._lines.path)))
        self._next = row.number + 1
        tagged = scoped(cells, "tr")
        if row.number == self._copies.row:
            self.rows.append(RowPlan(Band(row.number, row.number, vanishes=True), row))
        elif tagged:
            self._tag_row(row, cells, tagged)
        elif scoped(cells, "tc") and not any(c.raw.text or c.raw.value for c in cells if not scoped([c], "tc")):
            self.rows.append(RowPlan(Band(row.number, row.number, self._lines.path, vanishes=True), row))
        else:
            self._content_row(row, [c for c in cells if not scoped([c], "tc")])

    def finish(self) -> None:
        """TemplateError: a block is still open."""
        self._lines.finish()
        self._copies.close(self.source)

    def _content_row(self, row: RawRow, cells: list[CellPlan]) -> None:
        plan = RowPlan.of(Band(row.number, row.number, self._lines.path), row, cells)
        if self._columns.bands:
            self._columns.write_row(cells, self)
        else:
            for index, cell in enumerate(plan.filled):
                self.cell(cell, index)
        self._add(plan)

    def _add(self, plan: RowPlan) -> None:
        self.rows.append(plan)
        place = f"{self._name}!{plan.band.first}:{plan.band.last}"
        if self._columns.bands:
            self.source.statement(f"do _spread_row({len(self.rows) - 1})", place)
            return
        values = "".join(f", _{i}" for i in range(len(plan.filled)))
        self.source.statement(f"do _row({len(self.rows) - 1}{values})", place)

    def _tag_row(self, row: RawRow, cells: Sequence[CellPlan], tagged: Sequence[CellPlan]) -> None:
        for cell in cells:
            rest = outside(cell.raw.text, cell.tags).strip() or (cell.raw.value if cell.raw.type == "n" else "")
            if rest or cell.raw.formula or any(t.scope != "tr" and not t.is_comment for t in cell.tags):
                place = f"{self._name}!{cell.raw.name}"
                raise TemplateError(self._file, place, "{%tr … %} 要独占一行，该行其他内容会随它消失")
        self.rows.append(RowPlan(Band(row.number, row.number, self._lines.path, vanishes=True), row))
        for cell in tagged:
            for tag in cell.tags:
                if not tag.is_comment:
                    self._lines.statement(tag, f"{self._name}!{cell.raw.name}")

    def cell(self, cell: CellPlan, index: int) -> None:
        """Statements that leave the value of `cell` in `_index`. TemplateError: it is to be merged over loose columns."""
        self._value(cell, index)
        if cell.join:
            place = f"{self._name}!{cell.raw.name}"
            if self._columns.bands:
                raise TemplateError(self._file, place, "有 {%tc … %} 的工作表里不能用 {% vm … %}")
            self.source.statement(f"set _{index} = _join({cell.raw.column}, ({cell.join}), _{index})", place)

    def _value(self, cell: CellPlan, index: int) -> None:
        source, place = self.source, f"{self._name}!{cell.raw.name}"
        if cell.expression:
            source.statement(f"set _{index} = ({cell.expression})", place)
            return
        shown = [t for t in cell.tags if not t.is_comment]
        if all(t.keyword == "set" and not t.opens for t in shown) and not outside(cell.raw.text, cell.tags).strip():
            for tag in shown:
                source.statement(tag.code, place)
            source.statement(f"set _{index} = none", place)
            return
        source.statement(f"set _{index}", place)
        _RichWriter(cell.raw, source, self._file, place).write(cell.raw.text, cell.tags)
        source.statement("endset", place)


class _RichWriter(TextWriter):
    """Writes the text of a cell; where the runs of a rich string begin it leaves marks."""

    def __init__(self, raw: RawCell, source: Source, file: str, place: str) -> None:
        super().__init__(source, file, place)
        self._starts: list[int] = []
        at = 0
        for run in raw.runs if any(r.properties for r in raw.runs) else ():
            self._starts.append(at)
            at += len(run.text)

    def literal(self, text: str, start: int, end: int) -> None:
        """The text between two tags, with a mark wherever another run begins in it or goes on at its front."""
        if not self._starts:
            super().literal(text, start, end)
            return
        for index, begin in enumerate(self._starts):
            stop = self._starts[index + 1] if index + 1 < len(self._starts) else len(text)
            if begin <= start < stop or start < begin < end:
                self._source.literal(f"{RUN_MARK}{index}{RUN_MARK}")
                self._source.literal(escaped(unescape(text[max(begin, start) : min(stop, end)])))
