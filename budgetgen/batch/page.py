"""批量结果.html: the same table for the browser, sorted by a click, written piece by piece."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import islice
from pathlib import Path
from urllib.parse import quote

from budgetgen import resources
from budgetgen.batch.rows import HEADERS, Link
from budgetgen.expression import environment

NAME = "批量结果.html"
MOST_ROWS = 20_000
"""More rows than this no browser sorts at ease; the workbook has them all."""
_PIECE = 200
_TEMPLATE = "批量结果.html.j2"


def write_page(path: Path, rows: Iterable[tuple[object, ...]], count: int, counts: Mapping[str, int]) -> None:
    """Write the first rows of `count` to `path`; `counts` are how many ended how. OSError: the system refuses."""
    text = resources.templates("html", _TEMPLATE).read_text(encoding="utf-8")
    template = environment().from_string(text)
    names = {"表头": HEADERS, "计数": dict(counts), "总数": count, "列出": min(count, MOST_ROWS)}
    with path.open("w", encoding="utf-8", errors="replace", newline="\n") as file:
        file.write(template.render(names | {"部分": "头"}))
        for piece in _pieces(rows):
            file.write(template.render({"部分": "行", "各行": [[_shown(v) for v in values] for values in piece]}))
        file.write(template.render({"部分": "尾"}))


def _pieces(rows: Iterable[tuple[object, ...]]) -> Iterator[Sequence[tuple[object, ...]]]:
    shown = islice(rows, MOST_ROWS)
    while piece := tuple(islice(shown, _PIECE)):
        yield piece


def _shown(value: object) -> dict[str, object]:
    """A cell as the template writes it: its text, what it sorts by where that is a number, where it links to."""
    cell: dict[str, object] = {"文": "" if value is None else str(value), "数": None, "链接": ""}
    match value:
        case Link():
            return cell | {"文": "打开", "链接": quote(value)}
        case Decimal():
            return cell | {"文": f"{value:,}", "数": str(value)}
        case int() | float():
            return cell | {"数": str(value)}
        case _:
            return cell
