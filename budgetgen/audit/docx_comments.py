"""A Word document with comments at words of it; every part but the text of the body stays as it was packed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from copy import deepcopy
from itertools import islice

from lxml import etree

from budgetgen.audit.remarks import Place, Remark
from budgetgen.issues import FORBIDDEN
from budgetgen.office.package import DOCUMENT, ChangedParts, Package
from budgetgen.published.word import text_pieces

_MAIN = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_W = f"{{{_MAIN}}}"
_SPACE = "{http://www.w3.org/XML/1998/namespace}space"
_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.comments+xml"
_NO_COMMENTS = f'<w:comments xmlns:w="{_MAIN}"/>'
AUTHOR, _INITIALS = "budgetgen 审核", 2
_HOLDERS = frozenset(
    f"{_W}{n}"
    for n in ("p", "hyperlink", "ins", "moveTo", "smartTag", "sdtContent", "fldSimple", "customXml", "dir", "bdo")
)
"""Where a run may stand with a comment beginning or ending beside it."""
_BOX = f"{_W}txbxContent"
_HALF_POINTS = "18"


def with_comments(data: bytes, remarks: Sequence[Remark], author: str = AUTHOR) -> bytes:
    """The document with a comment of `author` for each remark. Damaged: it is not whole.

    Word has none in headers, footers and notes, and not in every version in text boxes: what is said of those stands at
    what holds the box, at the mark of the note, or at the first paragraph.
    """
    changed = ChangedParts(Package(data))
    root = changed.root(DOCUMENT)
    paragraphs, cells = list(root.iter(f"{_W}p")), list(root.iter(f"{_W}tc"))
    part = changed.related(DOCUMENT, "comments")
    if not part:
        part = "word/comments.xml"
        changed.relate(DOCUMENT, "comments", part)
        changed.declare(_TYPE, part)
    comments = changed.root(part, _NO_COMMENTS)
    taken = [int(i) for c in comments if (i := c.get(f"{_W}id", "")).isdigit()]
    for number, remark in enumerate(remarks, start=max(taken, default=-1) + 1):
        paragraph = _paragraph(remark.place, paragraphs, cells)
        if paragraph is None:
            continue
        note = _note_run(changed, remark.place.mark.part, remark.place.mark.number)
        _anchor(paragraph, remark.place, str(number), note)
        comments.append(_comment(str(number), remark.lines, author))
    return changed.whole()


def _paragraph(
    place: Place, paragraphs: Sequence[etree._Element], cells: Sequence[etree._Element]
) -> etree._Element | None:
    """The paragraph of a place; of a cell its first one that says something."""
    mark = place.mark
    if mark.part != DOCUMENT:
        return paragraphs[0] if paragraphs else None
    if not place.in_cell:
        return paragraphs[mark.number] if mark.number < len(paragraphs) else None
    own = list(cells[mark.number].iterchildren(f"{_W}p")) if mark.number < len(cells) else []
    return next((p for p in own if any(words.strip() for _, words in text_pieces(p))), own[0] if own else None)


# ------------------------------------------------------------------------------------------------ begin and end


def _note_run(changed: ChangedParts, part: str, number: int) -> etree._Element | None:
    """The run in the body that refers to the foot or end note in which a paragraph of another part stands."""
    kind = next((k for k in ("footnote", "endnote") if part == f"word/{k}s.xml"), "")
    paragraph = next(islice(changed.peek(part).iter(f"{_W}p"), number, None), None) if kind else None
    note = next(paragraph.iterancestors(f"{_W}{kind}"), None) if paragraph is not None else None
    if note is None:
        return None
    marks = changed.root(DOCUMENT).iter(f"{_W}{kind}Reference")
    mark = next((m for m in marks if m.get(f"{_W}id") == note.get(f"{_W}id")), None)
    return mark.getparent() if mark is not None else None


def _anchor(paragraph: etree._Element, place: Place, number: str, note: etree._Element | None = None) -> None:
    """Begin a comment before the first character and end it behind the last; without words, around the whole paragraph.

    `note` is the run that stands for a note in which the words are.
    """
    first, last = (note, note) if note is not None else _ends(paragraph, place)
    begin, stop = (etree.Element(f"{_W}commentRange{n}", {f"{_W}id": number}) for n in ("Start", "End"))
    reference = etree.Element(f"{_W}r")
    etree.SubElement(reference, f"{_W}commentReference", {f"{_W}id": number})
    if first is None or last is None:
        at = 1 if paragraph.find(f"{_W}pPr") is not None else 0
        paragraph.insert(at, begin)
        paragraph.extend([stop, reference])
        return
    # The first run is a neighbour of the last, or stands before it: both were found in the order of the text.
    first.addprevious(begin)
    last.addnext(stop)
    stop.addnext(reference)


def _ends(paragraph: etree._Element, place: Place) -> tuple[etree._Element | None, etree._Element | None]:
    """The runs that a comment begins and ends with."""
    boxes = [a for a in paragraph.iterancestors() if a.tag == _BOX]
    if boxes:
        holder = next((a for a in boxes[-1].iterancestors() if a.tag == f"{_W}r"), None)
        return holder, holder
    if place.mark.part != DOCUMENT:
        return None, None
    words = sum(len(w) for _, w in text_pieces(paragraph))
    start, end = (0, words) if place.in_cell else (place.start, place.end)
    return _run_at(paragraph, start, cut_before=True), _run_at(paragraph, end - 1, cut_before=False)


def _run_at(paragraph: etree._Element, position: int, *, cut_before: bool) -> etree._Element | None:
    """The run of the character at `position`, cut so that it begins with it, or ends after it."""
    at = 0
    for node, words in text_pieces(paragraph):
        if at <= position < at + len(words):
            run = _outer_run(node, paragraph)
            if run is None or run is not node.getparent():
                return run
            if cut_before:
                return _cut(run, node, position - at)
            _cut(run, node, position - at + 1)
            return run
        at += len(words)
    return None


def _outer_run(node: etree._Element, paragraph: etree._Element) -> etree._Element | None:
    """The outermost run above `node` in the paragraph: a text box stands in a run of the paragraph that holds it."""
    runs = [a for a in node.iterancestors() if a.tag == f"{_W}r"]
    inside = [r for r in runs if paragraph in r.iterancestors() and next(r.iterancestors()).tag in _HOLDERS]
    return inside[-1] if inside else None


def _cut(run: etree._Element, node: etree._Element, offset: int) -> etree._Element:
    """The run from the character `offset` of its `node` on: a new one behind what is before it, if anything is."""
    words = node.text or "" if node.tag == f"{_W}t" else " "
    position = run.index(node)
    before = [c for c in list(run)[:position] if c.tag != f"{_W}rPr"]
    if offset <= 0 and not before:
        return run
    rest = etree.Element(f"{_W}r")
    look = run.find(f"{_W}rPr")
    if look is not None:
        rest.append(deepcopy(look))
    if 0 < offset < len(words):
        tail = etree.SubElement(rest, f"{_W}t", {_SPACE: "preserve"})
        node.text, tail.text = words[:offset], words[offset:]
        node.set(_SPACE, "preserve")
        rest.extend(list(run)[position + 1 :])
    else:
        rest.extend(list(run)[position + (1 if offset > 0 else 0) :])
    if not any(c.tag != f"{_W}rPr" for c in rest):
        return run
    run.addnext(rest)
    return rest


# ------------------------------------------------------------------------------------------------ what it says


def _comment(number: str, lines: Sequence[str], author: str) -> etree._Element:
    names = {f"{_W}id": number, f"{_W}author": author, f"{_W}initials": author[-_INITIALS:]}
    comment = etree.Element(f"{_W}comment", names, nsmap={"w": _MAIN})
    # One paragraph: LibreOffice lays a thousand comments out in half the time that it takes for one paragraph a line.
    paragraph = etree.SubElement(comment, f"{_W}p")
    properties = etree.SubElement(paragraph, f"{_W}pPr")
    spacing = {"before": "0", "after": "0", "line": "240", "lineRule": "auto"}
    etree.SubElement(properties, f"{_W}spacing", {f"{_W}{n}": value for n, value in spacing.items()})
    zero = {f"{_W}{n}": "0" for n in ("left", "leftChars", "firstLine", "firstLineChars")}
    etree.SubElement(properties, f"{_W}ind", zero)
    etree.SubElement(properties, f"{_W}jc", {f"{_W}val": "left"})
    etree.SubElement(etree.SubElement(paragraph, f"{_W}r"), f"{_W}annotationRef")
    for own, bold in ((lines[:1], True), (lines[1:], False)):
        run = etree.SubElement(paragraph, f"{_W}r")
        look = etree.SubElement(run, f"{_W}rPr")
        if bold:
            etree.SubElement(look, f"{_W}b")
        etree.SubElement(look, f"{_W}sz", {f"{_W}val": _HALF_POINTS})
        etree.SubElement(look, f"{_W}szCs", {f"{_W}val": _HALF_POINTS})
        for line in own:
            if not bold:
                etree.SubElement(run, f"{_W}br")
            etree.SubElement(run, f"{_W}t", {_SPACE: "preserve"}).text = re.sub(FORBIDDEN, "�", line)
    return comment
