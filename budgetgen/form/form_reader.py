"""填报表.xlsx → the raw tree: which cell holds which field, and nothing of what a field must be."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from budgetgen.form import layout
from budgetgen.form.headers import Table, check_merged, find_table
from budgetgen.form.layout import Leaf, plain
from budgetgen.input import raw
from budgetgen.input.raw import Branch
from budgetgen.input.spelling import half_width, shown
from budgetgen.issues import Findings, Rule, SourceRef, near_miss
from budgetgen.model import Accounts
from budgetgen.model.declarations import (
    Choice,
    Code,
    FieldSpec,
    Lines,
    ListOf,
    Money,
    Score,
    Section,
    Shape,
    Text,
    Whole,
    fields_of,
)
from budgetgen.office.cells import Cell, Kind, column_name
from budgetgen.office.workbook_reader import Book, Row

_TOTALS = ("合计", "小计", "总计", "共计")
_NUMERIC_MEND = "填数字；没有的填 0。"
_PLAIN_MEND = "把单元格格式改成“常规”，再填数字。"


def is_form(book: Book) -> bool:
    """Whether a workbook is a 填报表: it has two of its sheets by name."""
    names = {plain(n) for n in book.names}
    own = (layout.UNIT, layout.LINES, layout.ECONOMIC, layout.OTHER, layout.TEXTS, layout.PRIOR)
    return sum(any(n.startswith(name) for n in names) for name in own) > 1


def read_form(
    book: Book, findings: Findings, model_of: Callable[[str, str], type[Accounts]] = lambda _, __: Accounts
) -> raw.Mapping:
    """The tree of a 填报表; what is wrong with its sheets and cells is kept in `findings`.

    `model_of` gives the model of accounts in the 版式 that it names. Raises `Rejected` where a sheet or its header is
    lost: what else is missing would only follow from that.
    """
    reader = _Reader(book, findings)
    tree = reader.read(model_of)
    if reader.lost:
        findings.stop()
    return tree


def read_form_head(book: Book) -> raw.Mapping:
    """The tree of the sheet 单位 alone; what is wrong with it is left to `read_form` to say."""
    return _Reader(book, Findings()).read_head()


class _Reader:
    """Holds the tree while the sheets are read."""

    def __init__(self, book: Book, findings: Findings) -> None:
        self._book = book
        self._findings = findings
        self._root = Branch(book.place(layout.UNIT))
        self._model = Accounts
        self.lost = False
        self._partial = False  # a form of one kind of packet has only the sheets that it asks for

    def read_head(self) -> raw.Mapping:
        self._root.branch(layout.UNIT, self._book.place(layout.UNIT))
        self._form(layout.UNIT)
        return self._root.tree()

    def read(self, model_of: Callable[[str, str], type[Accounts]]) -> raw.Mapping:
        head = self.read_head()
        material = raw.text_under(head, "材料")
        self._model = model_of(raw.text_under(head, "版式"), material)
        self._partial = bool(material)
        self._lines()
        self._economic()
        # The table of projects first: other sheets speak of them by their number.
        if any(plain(n).startswith(layout.SCORE_SHEETS) for n in self._book.names):
            self._scores()
        for sheet in (layout.PRIOR, layout.OTHER, layout.TEXTS):
            self._form(sheet)
        for leaf in layout.own_lists(self._model):
            if leaf.keys[0] != layout.DETAIL or layout.DETAIL in map(plain, self._book.names):
                self._own_list(leaf)
        for name in layout.LAST_FORMS:
            if name in fields_of(self._model) or any(plain(n).startswith(name) for n in self._book.names):
                self._form(name, must=False)
        self._three_public()
        return self._root.tree()

    def _value(self, cell: Cell, shape: Shape, ref: SourceRef) -> raw.Scalar:
        """The cell as text, with an issue where it is no value; then the least that it may be stands in for it."""
        if not cell.fault:
            return raw.Scalar(cell.text, ref, cell.kind is Kind.TEXT)
        textual = isinstance(shape, (Text, Lines, Choice, Code, Section, ListOf))
        mends = {
            Kind.UNCOMPUTED: "在 Excel 或 WPS 里打开，算出结果后保存；或改成数。",
            Kind.ERROR: "改对公式，或直接填数。",
        }
        if isinstance(shape, (Money, Whole, Score)):
            mends[Kind.DATE] = _PLAIN_MEND
        mend = mends.get(cell.kind, "把单元格格式改成文本，再填文字。" if textual else _NUMERIC_MEND)
        what = f"（{cell.text}）" if cell.kind is Kind.ERROR else ""
        self._findings.error(Rule.CELL, f"这一格{cell.fault}{what}，不能读。", mend, ref)
        return raw.Scalar(str(shape.least if isinstance(shape, Whole) else 0), ref)

    def _read(self, cell: Cell | None, shape: Shape, ref: SourceRef) -> raw.Scalar | raw.Empty:
        """The cell as `_value` gives it, or its place where it is blank."""
        return raw.Empty(ref) if cell is None else self._value(cell, shape, ref)

    def _table(
        self, name: str, known: Mapping[str, str], needed: tuple[str, ...], *, must: bool = False
    ) -> Table | None:
        must = must and not (self._partial and name != layout.UNIT)
        others = {leaf.keys[0] for leaf in layout.own_lists(self._model)} if self._partial else None
        table = find_table(self._book, name, known, needed, self._findings, must=must, others=others)
        self.lost |= table is None and (must or self._findings.failed)
        return table

    def _lines(self) -> None:
        known, meant = layout.headers(layout.line_columns())
        known |= {name: name for name in layout.COMPUTED}
        table = self._table(layout.LINES, known, ("科目",), must=True)
        if table is None:
            return
        check_merged(table, meant, self._findings)
        lines = self._root.items(layout.LINES_KEY, table.below("科目"))
        code_column = next(c for c, n in table.columns.items() if n == "科目")
        for row in table.rows:
            cells = {c: row.cells[c] for c in table.columns if c in row.cells and table.columns[c] in meant}
            if cells and not self._is_remark(table, row, cells, code_column):
                line = lines.add(table.ref(row, min(cells)))
                for column, name in table.columns.items():
                    if leaf := meant.get(name):
                        ref = table.ref(row, column)
                        part = line.branch(leaf.keys[0], ref) if len(leaf.keys) > 1 else line
                        part.put(leaf.keys[-1], self._read(cells.get(column), leaf.shape, ref))

    def _is_remark(self, table: Table, row: Row, cells: Mapping[int, Cell], code_column: int) -> bool:
        """Whether a row is no line: a note below the table, or a total that somebody has put there."""
        code = cells.get(code_column)
        if code is None or code.kind is not Kind.TEXT or half_width(code.text).isdigit():
            return False
        total = plain(code.text) in _TOTALS
        if total or len(cells) == 1:
            what = "是合计行，没有读" if total else "不是科目编码，这一行也没有别的内容，没有读"
            self._findings.note(Rule.IGNORED, f"{shown(code.text)}{what}。", "", table.ref(row, code_column))
            return True
        return False

    def _economic(self) -> None:
        names = (layout.CODE_HEADER, layout.NAME_HEADER, layout.AMOUNT_HEADER)
        known = {n: n for n in names} | {"科目": layout.CODE_HEADER, "科目编码": layout.CODE_HEADER}
        table = self._table(layout.ECONOMIC, known, (layout.CODE_HEADER, layout.AMOUNT_HEADER), must=True)
        if table is None:
            return
        check_merged(table, names, self._findings)
        columns = {n: c for c, n in table.columns.items()}
        code_at, amount_at = columns[layout.CODE_HEADER], columns[layout.AMOUNT_HEADER]
        shape = _top(layout.ECONOMIC_KEY).shape
        target = self._root.branch(layout.ECONOMIC_KEY, table.below(layout.AMOUNT_HEADER))
        for row in table.rows:
            amount, code = row.cells.get(amount_at), row.cells.get(code_at)
            if code is not None and plain(code.text) in _TOTALS:
                continue
            ref = table.ref(row, amount_at)
            if code is not None and not code.fault:
                target.put(code.text.strip(), self._read(amount, shape, ref))
            elif amount is not None:
                self._findings.error(Rule.CODE_DIGITS, "有金额，没有编码。", "填上 5 位编码。", ref)

    def _three_public(self) -> None:
        columns = layout.public_columns()
        known = {plain(n): s.key for s in columns.values() for n in (s.label, s.key)}
        table = self._table(layout.THREE_PUBLIC, known | {"项目": "项目"}, ("项目",), must=True)
        if table is None:
            return
        check_merged(table, known.values(), self._findings)
        item_at = next(c for c, n in table.columns.items() if n == "项目")
        places: dict[str, SourceRef] = {}
        for row in table.rows:
            cells = {c: row.cells.get(c) for c in table.columns if c != item_at}
            spec = self._public_item(table, row, item_at, filled=any(cells.values()))
            if spec is None:
                continue
            places[spec.key] = table.ref(row, item_at)
            assert isinstance(spec.shape, Section)
            own = fields_of(spec.shape.model)
            for column, cell in cells.items():
                key, ref = table.columns[column], table.ref(row, column)
                if key in own or cell is not None:
                    shape = own[key].shape if key in own else Text()
                    section = self._root.branch(layout.PUBLIC_KEY, ref).branch(spec.key, ref)
                    section.put(key, self._read(cell, shape, ref))
        if self._root.has(layout.PUBLIC_KEY):
            self._complete(places)
        self._say_lost_rows(table, item_at, places)

    def _say_lost_rows(self, table: Table, column: int, places: Mapping[str, SourceRef]) -> None:
        """Say which items have lost their rows, at the name of the row above: a form has all of them, though blank."""
        above = self._book.place(table.sheet.name, f"{column_name(column)}{table.head}")
        for key, spec in layout.public_items().items():
            if not places or key in places or not spec.required:
                above = places.get(key, above)
                continue
            self.lost = True
            mend = "从空白填报表复制这一行，插在这一格下面；没有的写 0。"
            self._findings.error(Rule.HEADER, f"没有“{spec.label}”这一行。", mend, above)

    def _public_item(self, table: Table, row: Row, column: int, *, filled: bool) -> FieldSpec | None:
        """The item that a row of 三公经费 is for; None for a note."""
        cell = row.cells.get(column)
        items = layout.public_items()
        name = plain(cell.text) if cell else ""
        spec = next((s for s in items.values() if name in (plain(s.key), plain(s.label))), None)
        if spec is None and filled:
            hint = near_miss(name, [s.label for s in items.values()])
            cause = f"没有{shown(name)}这个项目{hint or '。'}"
            mend = f"只能是{'、'.join(s.label for s in items.values())}。"
            self._findings.error(Rule.HEADER, cause, mend, table.ref(row, column))
        return spec

    def _scores(self) -> None:
        """绩效自评; its tables first, for they tell which projects there are."""
        _ScoreReader(self._book, self._findings, self._root, self._read, self._table).read()
        self._form(layout.EVALUATION, must=False)

    def _own_list(self, listed: Leaf) -> None:
        """A list of a kind's own: a row an item."""
        key = listed.keys[0]
        known, meant = layout.headers(layout.columns_of(listed))
        first = next(iter(meant))
        table = self._table(key, known, (first,))
        if table is None:
            return
        check_merged(table, meant, self._findings)
        items = self._root.items(key, table.below(first))
        for row in table.rows:
            cells = _cells(table, row, meant)
            if not cells:
                continue
            item = items.add(table.ref(row, min(cells)))
            for column, leaf in ((c, meant[n]) for c, n in table.columns.items() if n in meant):
                ref = table.ref(row, column)
                value = self._read(cells.get(column), leaf.shape, ref)
                self._down(item, leaf.keys[:-1], ref).put(leaf.keys[-1], value)

    def _complete(self, places: Mapping[str, SourceRef]) -> None:
        """An item whose row is there, though blank, is there."""
        if any(e.key == layout.PUBLIC_KEY and isinstance(e.value, raw.Scalar) for e in self._root.tree().entries):
            return
        public = self._root.branch(layout.PUBLIC_KEY, self._book.place(layout.THREE_PUBLIC))
        for key, spec in layout.public_items().items():
            if spec.required and key in places and not public.has(key):
                public.branch(key, places[key]).stand()

    def _form(self, name: str, *, must: bool = True) -> None:
        known = {n: n for n in layout.FORM_HEADERS}
        table = self._table(name, known, (layout.ITEM, layout.CONTENT), must=must)
        if table is None:
            return
        columns = {n: c for c, n in table.columns.items()}
        check_merged(table, (layout.CONTENT,), self._findings)
        section = ""
        for row in table.rows:
            texts = {n: row.cells[c].text.strip() for n, c in columns.items() if c in row.cells}
            # The section's name may be written once, or merged, above all of its rows.
            section = texts.get(layout.SECTION) or section
            content = row.cells.get(columns[layout.CONTENT])
            ref = table.ref(row, columns[layout.CONTENT])
            if layout.SECTION in texts or layout.ITEM in texts:
                named = table.ref(row, columns.get(layout.ITEM, columns[layout.CONTENT]))
                number = plain(texts.get(layout.NUMBER, ""))
                self._fact(section, texts.get(layout.ITEM, ""), number, content, ref, named)
            elif content is not None:
                self._findings.note(Rule.IGNORED, f"{shown(content.text)}前面没有事项和项目，没有读。", "", ref)

    def _fact(
        self, section: str, item: str, number: str, content: Cell | None, ref: SourceRef, named: SourceRef
    ) -> None:
        """One row, whose content stands at `ref` and whose name at `named`."""
        if plain(section) == layout.STATED_KEY and (item or content is None):
            shape = _top(layout.STATED_KEY).shape
            if content is not None:
                self._root.branch(layout.STATED_KEY, ref).put(item, self._value(content, shape, ref))
            return
        names = [n for n in (section, *item.replace(".", layout.JOINT).split(layout.JOINT)) if n.strip()]
        leaf, wrong = layout.find(names, self._model)
        if leaf is not None:
            self._place(leaf, number, self._read(content, leaf.shape, ref), ref)
        elif content is not None:
            self._unknown(names, wrong, named)

    def _unknown(self, names: list[str], wrong: str, ref: SourceRef) -> None:
        at = names.index(wrong) if wrong in names else 0
        near = layout.names_below(names[: at + 1], self._model)
        hint = near_miss(wrong, near)
        mend = "事项和项目照空白填报表的写法；不用的行，清空内容。"
        self._findings.error(Rule.HEADER, f"没有{shown(wrong)}这个项目{hint or '。'}", mend, ref)

    def _place(self, leaf: Leaf, number: str, value: raw.Scalar | raw.Empty, ref: SourceRef) -> None:
        """Put a value where its field is: below sections, in a list, or in a section of a list."""
        if isinstance(leaf.shape, Section) and isinstance(value, raw.Empty):
            return  # the row of a section or list that is there, or is not, as a whole
        branch, keys, listed = self._root, leaf.keys, leaf.listed
        nothing = isinstance(leaf.spec.shape, ListOf) and isinstance(leaf.shape, Section)
        if listed and not nothing:
            branch = self._down(branch, keys[: listed - 1], ref)
            items = branch.items(keys[listed - 1], ref)
            if listed == len(keys):
                items.append(value)
                return
            branch, keys = items.numbered(number, keys[-1], ref), keys[listed:]
        branch = self._down(branch, keys[:-1], ref)
        if (
            isinstance(leaf.shape, Section)
            and not nothing
            and isinstance(value, raw.Scalar)
            and value.text.strip() == layout.STANDS
        ):
            branch.branch(keys[-1], ref).stand()
        else:
            branch.put(keys[-1], value)

    def _down(self, branch: Branch, keys: tuple[str, ...], ref: SourceRef) -> Branch:
        for key in keys:
            branch = branch.branch(key, ref)
        return branch


def _top(key: str) -> FieldSpec:
    """A field of the top level."""
    return fields_of(Accounts)[key]


_Read = Callable[[Cell | None, Shape, SourceRef], raw.Scalar | raw.Empty]
_Find = Callable[[str, Mapping[str, str], tuple[str, ...]], Table | None]


class _ScoreReader:
    """Puts the rows of three sheets under 绩效自评 of `root`."""

    def __init__(self, book: Book, findings: Findings, root: Branch, read: _Read, find: _Find) -> None:
        self._find = find
        self._book = book
        self._findings = findings
        self._root = root
        self._cell = read
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
                target.branch(layout.WEIGHTS_KEY, ref).put(kind, self._cell(amount, Score(), ref))

    def _table(
        self, name: str, known: Mapping[str, str], needed: tuple[str, ...], unmerged: Sequence[str] | Mapping[str, Leaf]
    ) -> Table | None:
        table = self._find(name, known, needed)
        if table is not None:
            check_merged(table, unmerged, self._findings)
        return table

    def _fill(
        self, branch: Branch, table: Table, row: Row, cells: Mapping[int, Cell], meant: Mapping[str, Leaf]
    ) -> None:
        for column, title in table.columns.items():
            if leaf := meant.get(title):
                ref, part = table.ref(row, column), branch
                for key in leaf.keys[:-1]:
                    part = part.branch(key, ref)
                part.put(leaf.keys[-1], self._cell(cells.get(column), leaf.shape, ref))

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
