"""A 填报表 with what was found written at its cells, as notes and a colour; earlier ones of ours go, people's own stay.

A note of ours is the part of a cell's note from `【检查】` on; a colour of ours is a conditional format whose formula
says so. Fills and formats of cells are never touched:

    before  note of D9: 问过老王            format of D9: yellow
    after   note of D9: 问过老王            format of D9: yellow, and red while the conditional format is there
                        【检查】错误 …
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from lxml import etree

from budgetgen.audit.xlsx_notes import S, own_notes, put_notes, sheets_of
from budgetgen.check.report import ToFill, is_to_fill
from budgetgen.issues import Issue
from budgetgen.office.cells import cell_area
from budgetgen.office.package import BOOK, ChangedParts, Package

MARK = "【检查】"
_OURS = '"budgetgen检查"<>""'
_COLOURS = {"错误": "FFF8CBAD", "警告": "FFFFE699", "提示": "FFDDEBF7", "还要填": "FFFFC000"}
_GRAVE = tuple(_COLOURS)
_BEFORE = frozenset(
    f"{S}{n}"
    for n in (
        "sheetPr", "dimension", "sheetViews", "sheetFormatPr", "cols", "sheetData", "sheetCalcPr", "sheetProtection",
        "protectedRanges", "scenarios", "autoFilter", "sortState", "dataConsolidate", "customSheetViews", "mergeCells",
        "phoneticPr",
    )
)  # fmt: skip
"""What must stand before a sheet's conditional formats."""


def annotated_form(data: bytes, issues: Iterable[Issue], items: Sequence[ToFill]) -> tuple[bytes, int]:
    """The workbook with each message at its cell, and how many cells have one. Damaged: it is not whole."""
    changed = ChangedParts(Package(data))
    sheets = sheets_of(changed)
    for part in sheets.values():
        _clear(changed, part)
    said = _said(issues, items)
    for number, (sheet, cells) in enumerate(said.items(), start=1):
        if sheet in sheets:
            put_notes(changed, sheets[sheet], {cell: lines for cell, (_, lines) in cells.items()}, number)
            _colour(changed, sheets[sheet], {cell: level for cell, (level, _) in cells.items()})
    return changed.whole(), sum(len(cells) for sheet, cells in said.items() if sheet in sheets)


def _said(issues: Iterable[Issue], items: Sequence[ToFill]) -> Mapping[str, dict[str, tuple[str, list[str]]]]:
    """Sheet → cell → the gravest level of what is said there, and its lines."""
    said: dict[str, dict[str, tuple[str, list[str]]]] = defaultdict(dict)

    def say(at: str, level: str, line: str) -> None:
        sheet, _, cell = at.partition("!")
        before, lines = said[sheet].get(cell, (level, []))
        said[sheet][cell] = (min(before, level, key=_GRAVE.index), [*lines, f"{MARK}{line}"])

    for issue in issues:
        if issue.place and "!" in issue.place.cell and not issue.waived and not is_to_fill(issue):
            mend = f"{issue.mend}" if issue.mend else ""
            say(issue.place.cell, issue.level.label, f"{issue.level.label} {issue.rule}：{issue.cause}{mend}")
    for item in items:
        if item.cell and item.place:
            say(item.place.cell, "还要填", f"还要填：{item.words}。{item.hint}")
    return said


# ------------------------------------------------------------------------------------------------ taking ours away


def _clear(changed: ChangedParts, sheet: str) -> None:
    """Take our notes and colours off a sheet."""
    root = changed.root(sheet)
    for rule in [r for r in root.iter(f"{S}cfRule") if any(_OURS in (f.text or "") for f in r.iter(f"{S}formula"))]:
        above = rule.getparent()
        if above is not None:
            above.remove(rule)
            if not len(above):
                root.remove(above)
    own_notes(changed, sheet, MARK)


# ---------------------------------------------------------------------------------------------------------- colours


def _colour(changed: ChangedParts, sheet: str, cells: Mapping[str, str]) -> None:
    """Colour cells by a conditional format that goes before all others."""
    styles = changed.related(BOOK, "styles")
    if not styles:
        return
    root = changed.root(sheet)
    levels: dict[str, list[str]] = defaultdict(list)
    for cell, level in cells.items():
        if cell_area(cell):
            levels[level].append(cell)
    for rule in root.iter(f"{S}cfRule"):
        rule.set("priority", str(int(rule.get("priority", "1")) + len(levels)))
    at = next((n for n, e in enumerate(root) if e.tag not in _BEFORE), len(root))
    for priority, (level, found) in enumerate(levels.items(), start=1):
        block = etree.Element(f"{S}conditionalFormatting", sqref=" ".join(found))
        rule = etree.SubElement(
            block,
            f"{S}cfRule",
            type="expression",
            dxfId=str(_format(changed.root(styles), level)),
            priority=str(priority),
        )
        etree.SubElement(rule, f"{S}formula").text = _OURS
        root.insert(at, block)


def _format(styles: etree._Element, level: str) -> int:
    """The number of the differential format with a level's colour; added where there is none."""
    formats = styles.find(f"{S}dxfs")
    if formats is None:
        before = next(
            (n for n, e in enumerate(styles) if e.tag in (f"{S}tableStyles", f"{S}colors", f"{S}extLst")), len(styles)
        )
        formats = etree.Element(f"{S}dxfs", count="0")
        styles.insert(before, formats)
    colour = _COLOURS[level]
    for number, known in enumerate(formats):
        fills = [c.get("rgb") for c in known.iter(f"{S}bgColor")]
        if len(known) == 1 and fills == [colour]:
            return number
    new = etree.SubElement(formats, f"{S}dxf")
    pattern = etree.SubElement(etree.SubElement(new, f"{S}fill"), f"{S}patternFill", patternType="solid")
    etree.SubElement(pattern, f"{S}fgColor", rgb=colour)
    etree.SubElement(pattern, f"{S}bgColor", rgb=colour)
    formats.set("count", str(len(formats)))
    return len(formats) - 1
