"""What the engine neither moves nor fills: found in a template and refused by name, before it prints something wrong."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lxml import etree

from budgetgen.template.language.package import parse
from budgetgen.template.language.tags import has_tags
from budgetgen.template.xlsx.references import Formula, Reference, unquote

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from budgetgen.template.xlsx.book import Book
    from budgetgen.template.xlsx.sheet import SheetPlan

_REL = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"
_KINDS = {"drawing": "图片或图形", "comments": "批注", "table": "表格（列表对象）", "pivotTable": "数据透视表"}
_UNFILLED = {
    "drawings": "图形和文本框", "charts": "图表", "diagrams": "SmartArt", "comments": "批注", "footnotes": "脚注",
    "endnotes": "尾注", "tables": "表格（列表对象）", "threadedComments": "批注", "glossary": "构建基块",
}  # fmt: skip


_MAYBE = re.compile(rb"\{(?:[{%#]|<)")


@dataclass(frozen=True, slots=True)
class Refusal:
    """One thing that stands in the way: where, and why."""

    place: str
    cause: str


def related(parts: Mapping[str, bytes], part: str, file: str) -> Iterator[tuple[str, str]]:
    """The parts of the package that `part` refers to, each with its kind (the last word of the relation's type)."""
    folder, name = posixpath.split(part)
    relations = parts.get(f"{folder}/_rels/{name}.rels")
    if relations is None:
        return
    for rel in parse(relations, file, f"{name}.rels").iter(_REL):
        if rel.get("TargetMode") == "External":
            continue
        target = rel.get("Target") or ""
        target = target[1:] if target.startswith("/") else posixpath.normpath(f"{folder}/{target}")
        if target in parts:
            yield target, (rel.get("Type") or "").rsplit("/", 1)[-1]


def tagged_elsewhere(parts: Mapping[str, bytes], filled: frozenset[str], file: str) -> Iterator[Refusal]:
    """Tags in parts that are not filled: text boxes, charts, notes."""
    for name, data in parts.items():
        if name in filled or not name.endswith(".xml") or not _MAYBE.search(data):
            continue
        root = parse(data, file, name)
        words = "".join(root.itertext())  # type: ignore[arg-type]
        attributes = [v for e in root.iter() if isinstance(e.tag, str) for v in e.attrib.values()]
        if has_tags(words) or any(has_tags(str(v)) for v in attributes):
            kind = next((c for k, c in _UNFILLED.items() if k in name), name)
            yield Refusal(kind, f"{kind}中的标签不会填写，请移到正文或单元格")


def unmoved(book: Book, plans: Mapping[str, SheetPlan]) -> Iterator[Refusal]:
    """What stands at or below the first row of a sheet that comes and goes, and would not move along."""
    growing = {name: line for name, plan in plans.items() if (line := _first_moving(plan))}
    for name, line in growing.items():
        part = book.worksheets[name]
        for target, kind in related(book.parts, part, book.file):
            if kind in _KINDS and (low := _lowest(book.root(target), kind)) is not None and low >= line:
                what = _KINDS[kind]
                yield Refusal(name, f"{what}在会增减的行（第{line}行）以下，不会随行移动，请移到上方或去掉")
        for element in book.root(part).iter("{*}extLst"):
            if any(etree.QName(e).localname in ("f", "sqref") for e in element.iter("{*}f", "{*}sqref")):
                yield Refusal(name, "扩展的条件格式、数据验证或迷你图不会随行移动，请改用普通的")
    for part, data in book.parts.items():
        if part.startswith("xl/charts/chart"):
            for formula in parse(data, book.file, part).iter("{*}f"):
                yield from _charted(formula.text or "", growing)


def _charted(text: str, growing: Mapping[str, int]) -> Iterator[Refusal]:
    for piece in Formula.parse(text).pieces:
        if not isinstance(piece, str):
            sheet, ref = unquote(piece[0]), piece[1]
            if ref.bottom >= growing.get(sheet, ref.bottom + 1):
                yield Refusal(sheet, f"图表引用的 {ref} 会增减，图表不会随之改变")


def _first_moving(plan: SheetPlan) -> int:
    """The first row that loops or tags move, 1 where columns do, 0 where nothing does."""
    if plan.columns:
        return 1
    return next((r.band.first for r in plan.rows if r.band.loops or r.band.vanishes), 0)


def _lowest(root: etree._Element, kind: str) -> int | None:
    """The lowest row that an attachment of a sheet is bound to."""
    if kind == "drawing":
        rows = [int(r.text or 0) + 1 for anchor in root for r in anchor.iter("{*}row")]
    elif kind == "comments":
        rows = [Reference.parse(c.get("ref") or "A1").bottom for c in root.iter("{*}comment")]
    else:
        places = [root.get("ref"), *(e.get("ref") for e in root.iter("{*}location"))]
        rows = [Reference.parse(p).bottom for p in places if p]
    return max(rows, default=None)
