"""One worksheet, compiled: its rows as plans, and the script that says which of them come, how often, with which values."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from budgetgen.template.axis import Axis, Band
from budgetgen.template.outcome import TemplateError
from budgetgen.template.references import MAX_COLUMN, MAX_ROW, Layout
from budgetgen.template.script import Script, Source, run_cause
from budgetgen.template.tags import MIDDLES, REFUSED, Tag, Unfinished, find_tags, has_tags, unescape
from budgetgen.template.values import text_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from budgetgen.expression import Environment
    from budgetgen.template.axis import Scope
    from budgetgen.template.sheet_xml import RawCell, RawRow

RUN_MARK = "\x04"
"""Stands in a filled text where a new run of a rich string begins, followed by the run's index and RUN_MARK again."""


@dataclass(frozen=True, slots=True)
class CellPlan:
    """A cell: `raw` as read, its tags, and its `expression` if it is one single output (with blanks `around` it)."""

    raw: RawCell
    tags: tuple[Tag, ...] = ()
    expression: str = ""
    around: tuple[str, str] = ("", "")

    @property
    def is_filled(self) -> bool:
        return bool(self.tags)


@dataclass(frozen=True, slots=True)
class RowPlan:
    """A row of the template (or a stretch of rows that the file leaves out) and the cells in it."""

    band: Band
    raw: RawRow | None = None
    cells: tuple[CellPlan, ...] = ()
    filled: tuple[CellPlan, ...] = ()


@dataclass(slots=True)
class Filled:
    """A sheet's rows with their values: for each, its plan's index, its number in the output and its turns of the loops."""

    layout: Layout
    names: Mapping[str, object]
    rows: list[tuple[int, int, Scope, tuple[object, ...]]] = field(default_factory=list)


class SheetPlan:
    """The compiled sheet. `fill` runs its script; the writers take it from there."""

    def __init__(self, name: str, raw: Iterable[RawRow], env: Environment, file: str) -> None:
        self.name, self._file, self._env = name, file, env
        self._loops: list[tuple[str, int, str]] = []
        self._loop_count = 0
        self._source = Source()
        self.rows: list[RowPlan] = []
        self._read(raw)
        if self._loops:
            raise TemplateError(file, self._loops[-1][2], f"{{%tr {self._loops[-1][0]} … %}} 没有结束")
        self._bands = [r.band for r in self.rows]
        self.grows = any(b.loops or b.vanishes for b in self._bands)
        self.script = Script(self._source, env, file, name)

    def fill(self, namespace: Mapping[str, object]) -> Filled:
        """Evaluate every tag of the sheet. TemplateError: where one fails."""
        rows = Axis(self._bands, MAX_ROW)
        filled = Filled(Layout(rows, Axis((), MAX_COLUMN), self.name), namespace)
        collector = _Collector(filled, self._bands)
        self.script.text(namespace, {"_row": collector.row, "_turn": collector.turn})
        if rows.next - 1 > MAX_ROW:
            raise TemplateError(self._file, self.name, f"超出工作表的行数上限 {MAX_ROW}")
        return filled

    def failure(self, cell: CellPlan, cause: str) -> TemplateError:
        return TemplateError(self._file, f"{self.name}!{cell.raw.name}", cause)

    def value_text(self, cell: CellPlan, value: object, filled: Filled) -> str:
        """A value that is no number as escaped text. TemplateError: it is undefined, or nothing that can be printed."""
        try:
            text = text_of(value, self._env)
        except Exception as error:
            raise self.failure(cell, run_cause(error, lambda: filled.names)) from error
        return f"{cell.around[0]}{text}{cell.around[1]}" if text else ""

    def _read(self, raw: Iterable[RawRow]) -> None:
        expected = 1
        for row in raw:
            if row.number < expected:
                raise TemplateError(self._file, f"{self.name}!{row.number}:{row.number}", "行号重复或次序颠倒")
            if row.number > expected:
                self._add(RowPlan(Band(expected, row.number - 1, self._path())))
            self._add_row(row)
            expected = row.number + 1

    def _path(self) -> tuple[int, ...]:
        return tuple(number for _, number, _ in self._loops if number)

    def _add(self, plan: RowPlan) -> None:
        self.rows.append(plan)
        if not plan.band.vanishes:
            values = "".join(f", _{i}" for i in range(len(plan.filled)))
            self._source.statement(f"do _row({len(self.rows) - 1}{values})", f"{self.name}!{plan.band.first}")

    def _add_row(self, row: RawRow) -> None:
        cells = [self._plan(c) for c in row.cells]
        tagged = [c for c in cells if any(t.scope == "tr" for t in c.tags)]
        if tagged:
            self._check_tag_row(cells)
            self.rows.append(RowPlan(Band(row.number, row.number, self._path(), vanishes=True), row))
            for cell in tagged:
                for tag in cell.tags:
                    self._row_tag(tag, f"{self.name}!{cell.raw.name}")
            return
        filled = tuple(c for c in cells if c.is_filled)
        for index, cell in enumerate(filled):
            self._evaluate(cell, index)
        self._add(RowPlan(Band(row.number, row.number, self._path()), row, tuple(cells), filled))

    def _check_tag_row(self, cells: Sequence[CellPlan]) -> None:
        for cell in cells:
            outside = _outside(cell.raw.text, cell.tags).strip()
            if outside or any(t.scope != "tr" and not t.is_comment for t in cell.tags):
                raise self.failure(cell, "{%tr … %} 要独占一行，该行其他内容会随它消失")
            if any(t.scope == "tr" and t.is_output for t in cell.tags):
                raise self.failure(cell, "没有 {{tr … }} 这种标签")

    def _row_tag(self, tag: Tag, place: str) -> None:
        """A statement between rows; loops are numbered so that their turns can be told apart."""
        if tag.is_comment:
            return
        check_statement(tag, [word for word, _, _ in self._loops], self._file, place)
        if tag.closes:
            self._loops.pop()
        self._source.statement(tag.code, place)
        if tag.opens:
            looping = tag.opens in ("for", "macro", "call")
            self._loop_count += looping
            self._loops.append((tag.opens, self._loop_count if looping else 0, place))
            if looping:
                self._source.statement(f"do _turn({len(self._path())})", place)

    def _plan(self, raw: RawCell) -> CellPlan:
        text = raw.text
        if raw.formula is not None or not has_tags(text):
            return CellPlan(raw)
        try:
            tags = tuple(find_tags(text))
        except Unfinished as error:
            raise TemplateError(self._file, f"{self.name}!{raw.name}", f"标签没有结束：{str(error)[:60]}") from None
        cell = CellPlan(raw, tags)
        for tag in tags:
            if tag.scope in ("p", "r"):
                raise self.failure(cell, f"工作表中没有 {tag.kind}{tag.scope} 标签，只有 {{%tr 和 {{%tc")
            if tag.scope == "tc":
                raise self.failure(cell, "暂不支持 {%tc")
        shown = [t for t in tags if not t.is_comment]
        single = len(shown) == 1 and shown[0].is_output and not _outside(text, tags).strip()
        if not single:
            return cell
        before = _outside(text[: shown[0].start], [t for t in tags if t.end <= shown[0].start])
        return CellPlan(raw, tags, shown[0].code, (before, _outside(text, tags)[len(before) :]))

    def _evaluate(self, cell: CellPlan, index: int) -> None:
        place = f"{self.name}!{cell.raw.name}"
        if cell.expression:
            self._source.statement(f"set _{index} = ({cell.expression})", place)
            return
        shown = [t for t in cell.tags if not t.is_comment]
        if all(t.keyword == "set" and not t.opens for t in shown) and not _outside(cell.raw.text, cell.tags).strip():
            for tag in shown:
                self._source.statement(tag.code, place)
            self._source.statement(f"set _{index} = none", place)
            return
        self._source.statement(f"set _{index}", place)
        CellText(cell, self._source, self._file, place).write()
        self._source.statement("endset", place)


class CellText:
    """Writes the text of a cell, tags and all, into a source; runs of a rich string keep their fonts."""

    def __init__(self, cell: CellPlan, source: Source, file: str, place: str) -> None:
        self._cell, self._source, self._file, self._place = cell, source, file, place

    def write(self) -> None:
        starts, at = [], 0
        for run in self._cell.raw.runs:
            starts.append(at)
            at += len(run.text)
        rich = any(r.properties for r in self._cell.raw.runs)
        text, at, blocks = self._cell.raw.text, 0, []
        for tag in (*self._cell.tags, None):
            end = tag.start if tag else len(text)
            self._literal(text, at, end, starts if rich else [])
            if tag is None:
                break
            if tag.is_output:
                self._source.output(tag.code, self._place)
            elif not tag.is_comment:
                check_statement(tag, blocks, self._file, self._place)
                if tag.closes:
                    blocks.pop()
                if tag.opens:
                    blocks.append(tag.opens)
                self._source.statement(tag.code, self._place)
            at = tag.end
        if blocks:
            raise TemplateError(self._file, self._place, f"{{% {blocks[-1]} … %}} 没有在本单元格内结束")

    def _literal(self, text: str, start: int, end: int, starts: Sequence[int]) -> None:
        """The text between two tags, with a mark wherever another run begins in it or right at its front."""
        for index, begin in enumerate(starts):
            stop = starts[index + 1] if index + 1 < len(starts) else len(text)
            if begin < end and stop > start:
                self._source.literal(f"{RUN_MARK}{index}{RUN_MARK}")
                self._source.literal(escaped(unescape(text[max(begin, start) : min(stop, end)])))
        if not starts:
            self._source.literal(escaped(unescape(text[start:end])))
        elif start == end:
            owner = max(i for i, begin in enumerate(starts) if begin <= start)
            self._source.literal(f"{RUN_MARK}{owner}{RUN_MARK}")


class _Collector:
    """What a sheet's script calls: it notes the rows as they come."""

    def __init__(self, filled: Filled, bands: Sequence[Band]) -> None:
        self._rows, self._axis = filled.rows, filled.layout.rows
        self._depths = [len(b.loops) for b in bands]
        self._scope: Scope = ()
        self._turns = 0

    def row(self, index: int, *values: object) -> None:
        scope = self._scope = self._scope[: self._depths[index]]
        self._rows.append((index, self._axis.add(index, scope), scope, values))

    def turn(self, depth: int) -> None:
        """A loop that is `depth` deep begins another turn."""
        self._turns += 1
        self._scope = (*self._scope[: depth - 1], self._turns)


def check_statement(tag: Tag, open_blocks: Sequence[str], file: str, place: str) -> None:
    """TemplateError: a refused statement, or an end or middle tag without its block."""
    word = tag.keyword
    if word in REFUSED:
        raise TemplateError(file, place, f"不能用 {tag}：{REFUSED[word]}")
    inner = open_blocks[-1] if open_blocks else ""
    if tag.closes and tag.closes != inner:
        raise TemplateError(file, place, f"{tag} 没有与之相配的开头" + (f"，正在进行的是 {inner}" if inner else ""))
    if word in MIDDLES and inner not in MIDDLES[word]:
        raise TemplateError(file, place, f"{tag} 不在 if 或 for 之中")


def escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _outside(text: str, tags: Iterable[Tag]) -> str:
    """The text without its tags."""
    out, at = [], 0
    for tag in tags:
        out.append(text[at : tag.start])
        at = tag.end
    return "".join([*out, text[at:]])
