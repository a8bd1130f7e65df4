"""Classified tables: entries summed to 项, 款, 类 and a total, each column on its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from budgetgen.classification import Classification, class_code, section_code
from budgetgen.compute.book import Book
from budgetgen.figures import Blank, Group, Series, Value, nested

Columns = Mapping[str, Value]
Derive = Callable[[Group], Mapping[str, object]]


@dataclass(frozen=True)
class Entry:
    """What one line gives to a table: its 项 code, its columns, and facts that its row shows as they are."""

    code: str
    columns: Columns
    facts: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Table:
    """A classified table: `totals` by column, and rows at three levels that hold the rows below them."""

    totals: Columns
    classes: Series
    sections: Series
    items: Series

    def entries(self, name: str) -> dict[str, object]:
        """The table as names for the tree."""
        return {**nested(name, self.totals), "类": self.classes, "款": self.sections, "项": self.items}


@dataclass(frozen=True)
class _Rows:
    """The rows of one table while they are made."""

    book: Book
    prefix: str
    columns: Sequence[str]
    names: Classification
    derive: Derive
    sums: dict[str, Columns] = field(default_factory=dict)

    def row(self, level: str, code: str, parts: Sequence[Columns], more: Mapping[str, object]) -> Group:
        name = f"{self.prefix}.{level}[{code}]"
        sums = {c: self.book.total(f"{name}.{c}", [p[c] for p in parts]) for c in self.columns}
        self.sums[name] = sums
        row = Group(name, {**self._labels(code), **nested(name, sums), **more})
        derived = self.derive(row)
        return row.extended(**derived) if derived else row

    def gather(
        self, level: str, below: str, rows: Mapping[str, Group], parent: Callable[[str], str]
    ) -> dict[str, Group]:
        groups: dict[str, dict[str, Group]] = {}
        for code, row in rows.items():
            groups.setdefault(parent(code), {})[code] = row
        return {
            code: self.row(level, code, [self.values(r) for r in group.values()], {below: self.series(below, group)})
            for code, group in groups.items()
        }

    def values(self, row: Group) -> Columns:
        return self.sums[row.name]

    def series(self, level: str, rows: Mapping[str, Group]) -> Series:
        return Series(f"{self.prefix}.{level}", rows, self.columns)

    def _labels(self, code: str) -> dict[str, object]:
        names = self.names
        return {
            "编码": code,
            "名称": names.name(code),
            "序号": names.ordinal(class_code(code)),
            "类名称": names.name(class_code(code)),
            "款名称": names.name(section_code(code)),
        }


def tabulate(
    book: Book,
    prefix: str,
    entries: Iterable[Entry],
    columns: Sequence[str],
    names: Classification,
    derive: Derive = lambda _: {},
) -> Table:
    """Sum `entries` by code; one without an amount in any column gives no row.

    `derive(row)` gives what stands in a row beside its columns (完成). A column may be dotted (`支出.基本`): rows then
    hold it as a group. Figures are named `prefix.项[code].column`, `prefix.款[…]`, `prefix.类[…]` and `prefix.column`.
    """
    make = _Rows(book, prefix, columns, names, derive)
    by_code: dict[str, list[Entry]] = {}
    for entry in entries:
        if any(_counts(entry.columns[c]) for c in columns):
            by_code.setdefault(entry.code, []).append(entry)
    items = {
        code: make.row("项", code, [e.columns for e in group], {k: v for e in group for k, v in e.facts.items()})
        for code, group in sorted(by_code.items())
    }
    sections = make.gather("款", "项", items, section_code)
    classes = make.gather("类", "款", sections, class_code)
    parts = [make.values(r) for r in classes.values()]
    totals = {c: book.total(f"{prefix}.{c}", [p[c] for p in parts]) for c in columns}
    return Table(totals, make.series("类", classes), make.series("款", sections), make.series("项", items))


def _counts(value: Value) -> bool:
    return isinstance(value, Blank) or value.value != 0
