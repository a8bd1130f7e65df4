"""The templates that docxtpl is tested with: what it makes of them, ours makes too, or refuses by name."""

from __future__ import annotations

import json
import zipfile
from io import BytesIO

import pytest
from lxml import etree
from shared import SHARED
from test_pictures import png

from budgetgen import template
from budgetgen.expression import environment
from budgetgen.template import Blocks, Runs, TemplateError
from budgetgen.template.language.rendered import picture_of

FOLDER = SHARED / "docxtpl" if SHARED else None
RENDERS = json.loads((FOLDER / "contexts.json").read_text(encoding="utf-8")) if FOLDER and FOLDER.is_dir() else []
W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
REFUSED = {
    **dict.fromkeys(("header_footer", "header_footer_utf8", "merge_docx", "subdoc"), "不是文字也不是数，印不出来"),
    "custom_jinja_filters": "没有名为“my_filterB”的过滤器",
    "get_undeclared_variables": "没有“has_degree”这个名称",
    "escape_auto": "不能用“capitalize”",
    "template_error": "{% endif %} 没有与之相配的开头",
}
"""Render → words of the refusal: documents within the document, filters of one's own, methods of texts, names
that nobody gave, a slip."""
LOST = {"word2016": ("' Test tabs in template'", r"'\t\t\t\t\t Test tabs in template'")}
"""Render → what docxtpl makes of a text, and what stands in the template."""


class Subdocument:
    """What docxtpl places as a document within the document."""


def value(given):
    if isinstance(given, list):
        return [value(v) for v in given]
    if not isinstance(given, dict):
        return given
    kinds = {
        "runs": lambda: Runs(given["xml"]), "paragraphs": lambda: Blocks(given["xml"]), "listing": lambda: given["text"],
        "picture": lambda: picture_of(png()), "subdocument": Subdocument, "function": lambda: dict.items,
    }  # fmt: skip
    return kinds[given["$"]]() if "$" in given else {k: value(v) for k, v in given.items()}


def blocks(parent):
    """Paragraphs as (properties, runs), tables as rows of cells, whatever holds them."""
    found = []
    for child in parent:
        if child.tag == f"{W}p":
            found.append(("p", properties(child.find(f"{W}pPr")), runs(child)))
        elif child.tag == f"{W}tbl":
            found.append(("tbl", [[cell(c) for c in row.iterfind(f"{W}tc")] for row in child.iterfind(f"{W}tr")]))
        elif child.tag in (f"{W}sdt", f"{W}sdtContent", f"{W}body", f"{W}footnote", f"{W}endnote"):
            found += blocks(child)
    return found


def cell(element):
    look = {}
    for name, usual in (("gridSpan", "1"), ("vMerge", ""), ("shd", "")):
        found = element.find(f"{W}tcPr/{W}{name}")
        told = found.get(f"{W}fill" if name == "shd" else f"{W}val", "continue") if found is not None else usual
        look[name] = told.upper() if name == "shd" else told
    hidden = look["vMerge"] == "continue"  # a cell that goes on shows nothing, whatever docxtpl leaves in it
    return look, None if hidden else blocks(element)


def properties(element):
    if element is None:
        return ()
    unseen = {f"{W}{n}" for n in ("lang", "noProof", "sectPr", "rPr")}
    return tuple(
        (
            etree.QName(e).localname,
            tuple(sorted((str(k), v) for k, v in e.attrib.items() if "rsid" not in str(k))),
            properties(e),
        )
        for e in element
        if isinstance(e.tag, str) and e.tag not in unseen
    )


def runs(paragraph):
    """(properties, text) of each stretch of one look; pictures and boxes count as characters."""
    out = []
    for run in paragraph.iter(f"{W}r"):
        if next(run.iterancestors(f"{W}p")) is not paragraph:
            continue
        text = "".join(piece(e) for e in run.iter() if next(e.iterancestors(f"{W}r"), None) is run)
        look = () if "▣" in text else properties(run.find(f"{W}rPr"))  # docxtpl forgets it behind a picture
        if not text.strip(" ") and out and out[-1][1].endswith("▣"):
            look = ()
        if text and out and out[-1][0] == look:
            out[-1] = look, out[-1][1] + text
        elif text:
            out.append((look, text))
    boxes = [blocks(b) for b in paragraph.iter(f"{W}txbxContent") if next(b.iterancestors(f"{W}p")) is paragraph]
    return out, boxes


def piece(element):
    if element.tag == f"{W}t":
        return element.text or ""
    if element.tag == f"{W}br":
        return "\f" if element.get(f"{W}type") == "page" else "\n"
    return {f"{W}tab": "\t", f"{W}drawing": "▣", f"{W}footnoteReference": "†"}.get(element.tag, "")


def stories(data):
    with zipfile.ZipFile(BytesIO(data)) as package:
        parts = {n: package.read(n) for n in package.namelist()}
    found = {}
    for name, xml in parts.items():
        if name.startswith("word/") and name.endswith(".xml"):
            root = etree.fromstring(xml)
            if root.tag in [f"{W}{n}" for n in ("document", "hdr", "ftr", "footnotes", "endnotes")]:
                found[name] = blocks(root)
    core = etree.fromstring(parts["docProps/core.xml"])
    told = {etree.QName(e).localname: e.text for e in core if e.text}
    found["properties"] = [(n, told[n]) for n in ("title", "subject", "creator") if n in told]
    return found


@pytest.mark.skipif(not RENDERS, reason="docxtpl's templates are not here")
@pytest.mark.parametrize("given", RENDERS, ids=[r["name"] for r in RENDERS])
def test_the_same_text_and_look_or_refused_by_name(given):
    name = given["name"]

    def made():
        return template.compile(FOLDER / "templates" / given["template"], environment()).render(value(given["context"]))

    if name in REFUSED:
        with pytest.raises(TemplateError) as caught:
            made()
        assert REFUSED[name] in str(caught.value)
        return
    data, theirs = made().data, FOLDER / "rendered" / f"{name}.docx"
    if theirs.exists():
        expected = repr(sorted(stories(theirs.read_bytes()).items()))
        assert repr(sorted(stories(data).items())) == expected.replace(*LOST.get(name, ("", "")))
