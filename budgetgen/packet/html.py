"""A document as one page of HTML, to look at where there is no Word at hand: its texts, headings and tables in order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape

from lxml import etree

from budgetgen.office.package import Package

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_HEADINGS = {f"heading {n}": f"h{n}" for n in range(1, 7)}
_PAGE = """\
<!DOCTYPE html>
<html lang="zh-CN">
<meta charset="utf-8">
<title>{title}</title>
<style>
body {{ max-width: 60em; margin: 2em auto; padding: 0 1em; font-family: "FangSong", "仿宋", serif; line-height: 1.7 }}
p {{ margin: 0 }} p.text {{ text-indent: 2em }} .center {{ text-align: center }} .right {{ text-align: right }}
table {{ border-collapse: collapse; margin: 0.5em 0; font-size: 0.8em; line-height: 1.3 }}
td {{ border: 1px solid #888; padding: 0.1em 0.4em; vertical-align: middle }} td p.text {{ text-indent: 0 }}
mark {{ background: #fe3 }}
</style>
{body}
</html>
"""


def to_html(document: bytes, title: str) -> str:
    """The page of a document's bytes. Headers, footers and pages are left out."""
    package = Package(document)
    styles = _style_names(package.root("word/styles.xml"))
    root = package.root("word/document.xml")
    body = root.find(f"{_W}body")
    return _PAGE.format(title=escape(title), body="\n".join(_blocks(body if body is not None else root, styles)))


def _style_names(root: etree._Element) -> dict[str, str]:
    """Style id → name."""
    names = ((s.get(f"{_W}styleId"), s.find(f"{_W}name")) for s in root.iter(f"{_W}style"))
    return {str(i): str(name.get(f"{_W}val")).lower() for i, name in names if name is not None}


def _blocks(parent: etree._Element, styles: Mapping[str, str]) -> Iterator[str]:
    for element in parent:
        if element.tag == f"{_W}p":
            yield _paragraph(element, styles)
        elif element.tag == f"{_W}tbl":
            yield _table(element, styles)
        elif element.tag == f"{_W}sdt":
            for content in element.iter(f"{_W}sdtContent"):
                yield from _blocks(content, styles)


def _paragraph(paragraph: etree._Element, styles: Mapping[str, str]) -> str:
    tag = _HEADINGS.get(styles.get(_property(paragraph, "pStyle"), ""), "p")
    place = {"center": "center", "right": "right", "end": "right"}.get(_property(paragraph, "jc"), "text")
    return f'<{tag} class="{place}">{"".join(map(_run, paragraph.iter(f"{_W}r"))) or "&nbsp;"}</{tag}>'


def _property(paragraph: etree._Element, name: str) -> str:
    found = paragraph.find(f"{_W}pPr/{_W}{name}")
    return "" if found is None else str(found.get(f"{_W}val"))


def _run(run: etree._Element) -> str:
    marks = {f"{_W}tab": "　", f"{_W}br": "<br>"}
    text = "".join(escape(e.text or "") if e.tag == f"{_W}t" else marks[str(e.tag)] for e in run.iter(f"{_W}t", *marks))
    if run.find(f"{_W}rPr/{_W}highlight") is not None:
        text = f"<mark>{text}</mark>"
    return f"<b>{text}</b>" if text and run.find(f"{_W}rPr/{_W}b") is not None else text


def _table(table: etree._Element, styles: Mapping[str, str]) -> str:
    rows = [[_Cell(cell) for cell in row.iterchildren(f"{_W}tc")] for row in table.iterchildren(f"{_W}tr")]
    lines = []
    for number, row in enumerate(rows):
        cells, column = [], 0
        for cell in row:
            if not cell.goes_on:
                spans = f"{_span('colspan', cell.width)}{_span('rowspan', _depth(rows[number + 1 :], column))}"
                cells.append(f"<td{spans}>{''.join(_blocks(cell.element, styles))}</td>")
            column += cell.width
        lines.append(f"<tr>{''.join(cells)}</tr>")
    return "<table>\n" + "\n".join(lines) + "\n</table>"


class _Cell:
    """A cell: how many columns it takes, and whether it only goes on with the one above."""

    def __init__(self, element: etree._Element) -> None:
        self.element = element
        span, merge = (element.find(f"{_W}tcPr/{_W}{name}") for name in ("gridSpan", "vMerge"))
        self.width = 1 if span is None else int(span.get(f"{_W}val") or 1)
        self.goes_on = merge is not None and merge.get(f"{_W}val") != "restart"


def _depth(below: Sequence[Sequence[_Cell]], column: int) -> int:
    """How many rows a cell at `column` takes with those `below` it that go on with it."""
    depth = 1
    for row in below:
        at = 0
        for cell in row:
            if at == column and cell.goes_on:
                break
            at += cell.width
        else:
            return depth
        depth += 1
    return depth


def _span(name: str, count: int) -> str:
    return f' {name}="{count}"' if count > 1 else ""
