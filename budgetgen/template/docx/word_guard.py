"""What loops and conditions may leave behind in a document, made whole again: no empty cells, rows or tables."""

from __future__ import annotations

import re

_TOKEN = re.compile(
    r'<w:tbl>|</w:tbl>|<w:tr[ >]|<w:tc>|<w:gridSpan w:val="(\d+)"/>|<w:tcW [^>]*/>|<w:tblGrid>|</w:tblGrid>'
)
_COLUMN = re.compile(r'<w:gridCol w:w="(\d+)"/>')
REGRID = "<!--columns-->"
"""Stands at the front of a table's grid where tags repeat its cells: the grid is to be counted anew."""


def make_whole(xml: str) -> str:
    """`xml` with a paragraph in each empty cell, and without rows that have no cells and tables that have no rows."""
    for emptied in ("<w:tr></w:tr>", "</w:trPr></w:tr>"):
        while (end := xml.find(emptied)) >= 0:
            start = max(xml.rfind("<w:tr>", 0, end + 6), xml.rfind("<w:tr ", 0, end + 6))
            xml = xml[:start] + xml[end + len(emptied) :]
    for emptied in ("</w:tblGrid></w:tbl>", "</w:tblPr></w:tbl>"):
        while (end := xml.find(emptied)) >= 0:
            xml = xml[: xml.rfind("<w:tbl>", 0, end)] + xml[end + len(emptied) :]
    for ending in ("<w:tc>", "</w:tcPr>", "</w:tbl>"):
        xml = xml.replace(f"{ending}</w:tc>", f"{ending}<w:p/></w:tc>")
    for story in ("w:hdr", "w:ftr"):
        if xml.endswith(f"</{story}>") and "<w:p" not in xml and "<w:tbl" not in xml:
            xml = xml[: -len(story) - 3] + f"<w:p/></{story}>"
    return xml


def regrid(xml: str) -> str:
    """`xml` with the grids of marked tables as wide as before and with as many columns as their rows now have."""
    while (at := xml.find(REGRID)) >= 0:
        start = xml.rfind("<w:tbl>", 0, at)
        xml = xml[:at] + xml[at + len(REGRID) :]
        end = _end_of_table(xml, start)
        xml = xml[:start] + _regridded(xml[start:end]) + xml[end:]
    return xml


def _end_of_table(xml: str, start: int) -> int:
    depth = 0
    for found in _TOKEN.finditer(xml, start):
        depth += (found[0] == "<w:tbl>") - (found[0] == "</w:tbl>")
        if not depth:
            return found.end()
    return len(xml)


def _regridded(table: str) -> str:
    """One table; tables inside its cells are left alone."""
    grid_start = table.find("<w:tblGrid>")
    grid_end = table.find("</w:tblGrid>")
    widths = [int(w) for w in _COLUMN.findall(table[grid_start:grid_end])]
    rows, depth = [0], 0
    for found in _TOKEN.finditer(table):
        depth += (found[0] == "<w:tbl>") - (found[0] == "</w:tbl>")
        if depth == 1 and found[0].startswith("<w:tr"):
            rows.append(0)
        elif depth == 1 and (found[0] == "<w:tc>" or found[1]):
            rows[-1] += int(found[1]) - 1 if found[1] else 1
    count = max(rows)
    if not count or count == len(widths):
        return table
    width = sum(widths) // count
    grid = f'<w:gridCol w:w="{width}"/>' * count
    return table[: grid_start + len("<w:tblGrid>")] + grid + _cell_widths(table[grid_end:], width)


def _cell_widths(rest: str, width: int) -> str:
    """The cells' own widths, each as wide as the columns it spans."""
    out: list[str] = []
    at, depth, pending = 0, 1, -1
    for found in _TOKEN.finditer(rest):
        depth += (found[0] == "<w:tbl>") - (found[0] == "</w:tbl>")
        if depth != 1:
            continue
        if found[0].startswith("<w:tcW"):
            out += (rest[at : found.start()], f'<w:tcW w:w="{width}" w:type="dxa"/>')
            at, pending = found.end(), len(out) - 1
        elif found[1] and pending >= 0:
            out[pending] = f'<w:tcW w:w="{width * int(found[1])}" w:type="dxa"/>'
        elif found[0] == "<w:tc>":
            pending = -1
    return "".join([*out, rest[at:]])
