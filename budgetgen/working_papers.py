"""底稿: the files of a packet once more for who signs it, with a comment at each number that says how it came about.

In workbooks totals become formulas over the cells that they add up, wherever these stand: in the same column, else in
the same row, the same table, the workbook; a number that stands in several tables refers to the first of them.

    公开03  合计      840.70          =C8+C11        C8 and C11 add up what this adds up, and nothing twice
      201   一般公共   631.11          =SUM(C9:C10)
      208   社会保障   209.59          =公开01!F16     nothing in this table does: the table where it stands first
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import groupby
from os.path import commonprefix
from pathlib import Path
from typing import TypeGuard

from budgetgen.audit.docx_comments import with_comments
from budgetgen.audit.remarks import Place, Remark
from budgetgen.audit.xlsx_notes import S, put_notes, sheets_of
from budgetgen.check.rules import said, told
from budgetgen.explain.figure_index import plain
from budgetgen.figures import YUAN, Figure
from budgetgen.model import Loaded
from budgetgen.model.wording import JOINT
from budgetgen.money import YUAN_PER_WAN
from budgetgen.office.cells import column_number
from budgetgen.office.files import write_files
from budgetgen.office.package import DOCUMENT, ChangedParts, Package
from budgetgen.packet.stamp import stamped
from budgetgen.pipeline import Built
from budgetgen.published.grid import Mark
from budgetgen.records import record
from budgetgen.template import CellPlace, ParagraphPlace, Rendered
from budgetgen.verify import read_paragraphs

AUTHOR = "底稿"
_SHOWN, _PLACES, _PARTS, _FEW = 6, 8, 40, 2
_ENDS = re.compile(r"[。；！？\n]")
_SUM, _DIFFERENCE = "合计", "相减"
Signature = Mapping[str, int]
"""What a figure adds up: the names of its leaves, each with how often (−1: taken away)."""


def write_working_papers(built: Built) -> Sequence[Path]:
    """Write the 底稿 of what was built, beside it: X.docx → X底稿.docx. Rejected: they can't be written."""
    if built.packet is None or built.loaded is None:
        return ()
    loaded = built.loaded
    papers = {
        f"{path.stem}{AUTHOR}{path.suffix}": working_paper(rendered, loaded)
        for path, rendered in zip(built.files, built.packet.files.values(), strict=False)  # PDFs come behind them
    }
    return write_files(built.files[0].parent, papers, lambda _name, _data: ())


def working_paper(rendered: Rendered, loaded: Loaded) -> bytes:
    """One file of a packet as 底稿, which its pages say. Damaged: it is not whole."""
    marked = stamped(rendered, AUTHOR).data
    package = Package(marked)
    if DOCUMENT in package:
        return with_comments(marked, list(_remarks(rendered, loaded)), AUTHOR)
    changed = ChangedParts(package)
    formulas = _formulas(_Numbers(rendered, changed))
    notes: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for item in rendered.printed:
        if isinstance(item.place, CellPlace) and _came_about(item.value):
            notes[item.place.sheet][item.place.cell] += origin(item.value, loaded)
    for number, (sheet, part) in enumerate(sheets_of(changed).items(), start=1):
        if notes[sheet]:
            put_notes(changed, part, notes[sheet], number, AUTHOR)
        for cell in changed.root(part).iter(f"{S}c"):
            if formula := formulas.get(CellPlace(sheet, cell.get("r", ""))):
                written = cell.makeelement(f"{S}f", {})
                written.text = formula
                cell.insert(0, written)
    return changed.whole()


# ------------------------------------------------------------------------------------------------- what is said


def origin(figure: Figure, loaded: Loaded) -> list[str]:
    """How a figure came about: its name and amount; the operation with what it was made from; where the input has it."""
    lines = [said(figure)]
    figure = plain(figure)
    shares = loaded.shares.get(figure.path, ()) if not figure.operands else ()
    parts = [said(o) for o in figure.operands if o.value] or [said(o) for o in figure.operands]
    if shares:
        lines.append(f"各单位之和：{_few([f'{s.unit} {told(s.amount, figure.unit)}' for s in shares], _SHOWN, '＋')}")
    elif parts:
        common = commonprefix(parts).rfind(JOINT) + 1 if len(parts) > 1 else 0  # noqa: RUF071 - by characters
        parts = [parts[0], *(p[common:] for p in parts[1:])]
        joint = {_SUM: "＋", _DIFFERENCE: "－"}.get(figure.operation, "，")
        lines.append(f"{figure.operation}：{_few(parts, _SHOWN, joint)}")
    elif not figure.path:
        lines.append(figure.operation)
    places = dict.fromkeys(str(p) for leaf in figure.leaves() if leaf.path and (p := loaded.place(leaf.path)))
    if places and not shares:
        lines.append(f"数据：{_few(list(_shortened(places)), _PLACES, '、')}")
    return lines


def _few(words: Sequence[str], most: int, joint: str) -> str:
    return joint.join(words[:most]) + (f" 等 {len(words)} 项" if len(words) > most else "")


def _shortened(places: Iterable[str]) -> Iterator[str]:
    """Places without the file or sheet that the one before has: unit.yaml:57、60、填报表.xlsx 收支明细!D9、D10."""
    before = ""
    for place in places:
        head = re.match(r".*[:!]", place)
        yield place[len(before) :] if head and head[0] == before else place
        before = head[0] if head else ""


def _remarks(rendered: Rendered, loaded: Loaded) -> Iterator[Remark]:
    """One for each sentence of a document, or cell, with the numbers that it prints."""
    texts = read_paragraphs(rendered.data)
    own = (
        (i.place, i.value)
        for i in rendered.printed
        if isinstance(i.place, ParagraphPlace) and i.place.part == DOCUMENT and _came_about(i.value)
    )

    def sentence(printed: tuple[ParagraphPlace, Figure]) -> tuple[int, int]:
        place, _ = printed
        return place.paragraph, sum(end.start() < place.start for end in _ENDS.finditer(texts[place.paragraph]))

    for (number, _), group in groupby(own, sentence):
        shared = list(group)
        lines = dict.fromkeys(line for _, figure in shared for line in origin(figure, loaded))
        start, end = min(place.start for place, _ in shared), max(place.end for place, _ in shared)
        yield Remark(Place("", Mark(DOCUMENT, number), start, end, in_cell=False), "", tuple(lines))


def _came_about(value: object) -> TypeGuard[Figure]:
    """Whether a number came from anything: it is no gap, and no nothing that a line or table just has to show."""
    return isinstance(value, Figure) and bool(value.value or value.operands or value.path)


# ------------------------------------------------------------------------------------------------ live formulas


@record
class _Cell:
    """A cell with an amount. `scale` is how much one of its numbers is worth (10000: the table is in 万元)."""

    place: CellPlace
    figure: Figure
    signature: Signature
    scale: Decimal
    column: int
    row: int

    def seen_from(self, other: _Cell) -> str:
        """Its reference in a formula of another cell: C8, 公开01!F16."""
        same = self.place.sheet == other.place.sheet
        return self.place.cell if same else f"'{self.place.sheet.replace(chr(39), chr(39) * 2)}'!{self.place.cell}"


class _Numbers:
    """The numbers of a workbook: `cells` are those of a figure, in reading order."""

    def __init__(self, rendered: Rendered, changed: ChangedParts) -> None:
        values: dict[CellPlace, Decimal] = {}
        for sheet, part in sheets_of(changed).items():
            for cell in changed.root(part).iter(f"{S}c"):
                value = cell.findtext(f"{S}v")
                if value and cell.get("t", "n") == "n":
                    values[CellPlace(sheet, cell.get("r", ""))] = Decimal(value)
        known: dict[int, Signature] = {}
        printed = ((i.place, i.value) for i in rendered.printed if isinstance(i.value, Figure))
        found = (_cell(p, f, values[p], known) for p, f in printed if isinstance(p, CellPlace) and p in values)
        self.cells = [cell for cell in found if cell]
        self._filled: dict[tuple[str, int], set[int]] = defaultdict(set)
        totals = {cell.place for cell in self.cells}
        for place, number in values.items():
            if number or place in totals:
                self._filled[place.sheet, column_number(place.cell)].add(_row(place))

    def lies_between(self, cell: _Cell, other: _Cell) -> bool:
        """Whether any number but 0 stands below one cell and above another of the same column."""
        filled = self._filled[cell.place.sheet, cell.column]
        return any(row in filled for row in range(cell.row + 1, other.row))


def _cell(place: CellPlace, figure: Figure, number: Decimal, known: dict[int, Signature]) -> _Cell | None:
    """The cell of a figure that it holds as a number, in whatever unit; None where it adds nothing to anything."""
    signature = _signature(figure, known)
    scales = (YUAN_PER_WAN, Decimal(1)) if figure.unit == YUAN else (Decimal(1),)
    scale = next((s for s in scales if number * s == figure.value), None)
    if scale is None or not signature:
        return None
    return _Cell(place, figure, signature, scale, column_number(place.cell), _row(place))


def _row(place: CellPlace) -> int:
    return int(place.cell.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ"))


def _signature(figure: Figure, known: dict[int, Signature]) -> Signature:
    """The leaves that a figure adds up; itself where it is anything but a sum of them; none where it is nothing."""
    if id(figure) not in known:
        total: dict[str, int] = defaultdict(int)
        if figure.operation in (_SUM, _DIFFERENCE):
            for n, operand in enumerate(figure.operands):
                sign = -1 if n and figure.operation == _DIFFERENCE else 1
                for name, times in _signature(operand, known).items():
                    total[name] += sign * times
        elif figure.value:
            total[figure.path or figure.name] = 1
        known[id(figure)] = {name: times for name, times in total.items() if times}
    return known[id(figure)]


def _formulas(numbers: _Numbers) -> dict[CellPlace, str]:
    """Place of a total → its formula. No two refer to each other: each adds up cells that hold less than itself."""
    found: dict[CellPlace, str] = {}
    first: dict[frozenset[tuple[str, int]], _Cell] = {}
    for cell in numbers.cells:
        whole = frozenset(cell.signature.items())
        beside = [c for c in numbers.cells if c.place.sheet == cell.place.sheet]
        near = ([c for c in beside if c.column == cell.column], [c for c in beside if c.row == cell.row], beside)
        parts = next((p for pool in near if (p := _parts(cell, pool))), [])
        if not parts and whole in first:
            found[cell.place] = _formula(cell, [(first[whole], 1)], numbers)
            continue
        first.setdefault(whole, cell)
        if parts := parts or _parts(cell, numbers.cells):
            found[cell.place] = _formula(cell, parts, numbers)
    return found


def _parts(total: _Cell, pool: Iterable[_Cell]) -> list[tuple[_Cell, int]]:
    """Cells that make up a total, each with its sign: the largest first, as long as they fit; none where some is left."""
    rest = dict(total.signature)
    parts: list[tuple[_Cell, int]] = []
    for cell in sorted(pool, key=lambda c: -len(c.signature)):
        if len(cell.signature) >= len(total.signature):
            continue
        for sign in (1, -1):
            if all(rest.get(name) == sign * times for name, times in cell.signature.items()):
                parts.append((cell, sign))
                for name in cell.signature:
                    del rest[name]
                break
    exact = sum((c.figure.value * sign for c, sign in parts), Decimal(0)) == total.figure.value
    return sorted(parts, key=_order) if not rest and exact and len(parts) <= _PARTS else []


def _order(part: tuple[_Cell, int]) -> tuple[bool, str, int, int]:
    cell, sign = part
    return sign < 0, cell.place.sheet, cell.column, cell.row


def _formula(total: _Cell, parts: Sequence[tuple[_Cell, int]], numbers: _Numbers) -> str:
    """`SUM(C9:C10,C14)`, `C7-C8`, `'预算01'!C7/10000`."""
    if all(sign > 0 and cell.scale == total.scale for cell, sign in parts):
        terms = list(_ranges(total, [cell for cell, _ in parts], numbers))
        if len(terms) < len(parts) or len(terms) > _FEW:
            return f"SUM({','.join(terms)})"
    terms = [
        f"{'+' if sign > 0 else '-'}{cell.seen_from(total)}{_converted(cell.scale, total.scale)}"
        for cell, sign in parts
    ]
    return "".join(terms).removeprefix("+")


def _converted(scale: Decimal, wanted: Decimal) -> str:
    return "" if scale == wanted else "*10000" if scale > wanted else "/10000"


def _ranges(total: _Cell, cells: Sequence[_Cell], numbers: _Numbers) -> Iterator[str]:
    """Cells below each other as one range, over what is empty or 0 between them."""
    run: list[_Cell] = []
    for cell in cells:
        column = (cell.place.sheet, cell.column)
        if run and (column != (run[-1].place.sheet, run[-1].column) or numbers.lies_between(run[-1], cell)):
            yield _range(total, run)
            run = []
        run.append(cell)
    yield _range(total, run)


def _range(total: _Cell, run: Sequence[_Cell]) -> str:
    return run[0].seen_from(total) + (f":{run[-1].place.cell}" if len(run) > 1 else "")
