"""Reads the tables of 绩效自评 in a 填报表: 绩效项目, 绩效指标, 绩效权重."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from budgetgen.form import layout
from budgetgen.form.headers import Table, check_merged, pick_sheet, read_table
from budgetgen.form.layout import Leaf, plain
from budgetgen.form.tree import Branch
from budgetgen.input import raw
from budgetgen.input.wording import shown
from budgetgen.issues import Findings, Rule, SourceRef, near_miss
from budgetgen.model.declarations import Score, Shape
from budgetgen.office import Book, Cell, Row

_Value = Callable[[Cell, Shape, SourceRef], raw.Scalar]


class ScoreReader:
    """Puts the rows of three sheets under 绩效自评 of `root`."""

    def __init__(self, book: Book, findings: Findings, root: Branch, value: _Value) -> None:
        self._book = book
        self._findings = findings
        self._root = root
        self._value = value
        self._projects: dict[str, Branch] = {}

    def read(self) -> None:
        """The projects first: the other tables' rows are under them."""
        self._read_projects()
        self._read_indicators()
        self._read_weights()

    def _read_projects(self) -> None:
        leaves = layout.project_columns()
        known, meant = layout.headers(leaves)
        name = leaves[0].title
        table = self._table(layout.PROJECTS, known, (name,), meant)
        if table is None:
            return
        for row in table.rows:
            cells = _cells(table, row, meant)
            if not cells:
                continue
            ref = table.ref(row, min(cells))
            items = self._evaluation(ref).items(layout.PROJECTS_KEY, self._book.place(table.sheet.name))
            project = items.numbered(str(len(self._projects) + 1), "", ref)
            self._fill(project, table, row, cells, meant)
            given = next((c.text.strip() for n, c in cells.items() if table.columns[n] == name), "")
            self._projects.setdefault(given or f"\n{row.number}", project)

    def _read_indicators(self) -> None:
        leaves = layout.indicator_columns()
        known, meant = layout.headers(leaves)
        first = leaves[0]
        of = layout.PROJECT_HEADER
        unmerged = [title for title in meant if title != first.title]
        table = self._table(layout.INDICATORS, known | {of: of}, (first.title,), unmerged)
        kind, above = "", ""
        for row in table.rows if table else ():
            assert table is not None
            cells = _cells(table, row, meant)
            if not cells:
                continue
            name, ref = self._of(table, row, above), table.ref(row, min(cells))
            kind = kind if name == above else ""
            above = name
            target = self._target(name, ref)
            if target is None:
                continue
            item = target.items(layout.INDICATORS_KEY, self._book.place(table.sheet.name)).add(ref)
            self._fill(item, table, row, cells, meant)
            if item.has(first.keys[0]):
                kind = next(c.text for n, c in cells.items() if table.columns[n] == first.title)
            elif kind:  # a merged or blank cell is of the kind above
                item.put(first.keys[0], raw.Scalar(kind, ref))

    def _read_weights(self) -> None:
        of, first, points = layout.PROJECT_HEADER, layout.FIRST_HEADER, layout.POINTS_HEADER
        known = {n: n for n in (of, first, points)} | {"一级": first, "权重": points}
        table = self._table(layout.WEIGHTS, known, (first, points), (first, points))
        above = ""
        for row in table.rows if table else ():
            assert table is not None
            cells = {table.columns[n]: (row.cells[n], table.ref(row, n)) for n in table.columns if n in row.cells}
            if points not in cells:
                continue
            amount, ref = cells[points]
            name = above = self._of(table, row, above)
            target = self._target(name, ref)
            if first not in cells:
                self._findings.error(Rule.HEADER, "有分值，没有一级指标。", "填上一级指标的名称。", ref)
            elif target is not None:
                kind = cells[first][0].text.strip()
                target.branch(layout.WEIGHTS_KEY, ref).put(kind, self._value(amount, Score(), ref))

    def _table(
        self, name: str, known: Mapping[str, str], needed: tuple[str, ...], unmerged: Sequence[str] | Mapping[str, Leaf]
    ) -> Table | None:
        sheet = pick_sheet(self._book, name, self._findings, needed=False)
        table = read_table(self._book, sheet, known, needed, self._findings) if sheet else None
        if table is not None:
            check_merged(table, unmerged, self._findings)
        return table

    def _fill(
        self, branch: Branch, table: Table, row: Row, cells: Mapping[int, Cell], meant: Mapping[str, Leaf]
    ) -> None:
        for column, cell in cells.items():
            leaf, ref = meant[table.columns[column]], table.ref(row, column)
            part = branch
            for key in leaf.keys[:-1]:
                part = part.branch(key, ref)
            part.put(leaf.keys[-1], self._value(cell, leaf.shape, ref))

    def _of(self, table: Table, row: Row, above: str) -> str:
        """Which table a row is of: its own word, else the row's above, at first 整体."""
        cells = (
            row.cells[n] for n, title in table.columns.items() if title == layout.PROJECT_HEADER and n in row.cells
        )
        return next((c.text.strip() for c in cells), above) or layout.WHOLE_ROW

    def _target(self, name: str, ref: SourceRef) -> Branch | None:
        if name in self._projects:
            return self._projects[name]
        if plain(name) in (layout.WHOLE_ROW, layout.WHOLE_KEY):
            return self._evaluation(ref).branch(layout.WHOLE_KEY, ref)
        hint = near_miss(name, [*self._projects, layout.WHOLE_ROW])
        cause = f"“{layout.PROJECTS}”里没有{shown(name)}这个项目{hint or '。'}"
        self._findings.error(
            Rule.HEADER, cause, f"照“{layout.PROJECTS}”里的名称写；整体自评写“{layout.WHOLE_ROW}”。", ref
        )
        return None

    def _evaluation(self, ref: SourceRef) -> Branch:
        return self._root.branch(layout.EVALUATION, ref)


def _cells(table: Table, row: Row, meant: Mapping[str, Leaf]) -> dict[int, Cell]:
    return {n: row.cells[n] for n, title in table.columns.items() if title in meant and n in row.cells}
