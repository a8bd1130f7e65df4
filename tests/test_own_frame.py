"""A 版式 whose document brings what Word can: a text box on the cover, a stamp, cells that merge, a note."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import docx
import pytest
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn

from budgetgen.layout import read_profile, shelves
from budgetgen.office.libreoffice import convert, find_office
from budgetgen.packet.profile_check import check_profile
from budgetgen.packet.unprinted import UNPRINTED
from budgetgen.pipeline import Built, build
from budgetgen.verify import read_paragraphs

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(Path(__file__).parent / "template"))

from test_document_features import table_of  # noqa: E402 - beside the templates' tests
from test_pictures import png  # noqa: E402 - the same

BOX = (
    '<w:r {ns} xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" xmlns:v="urn:schemas-microsoft-com:vml" '
    'xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing" '
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
    'xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape"><mc:AlternateContent>'
    '<mc:Choice Requires="wps"><w:drawing><wp:inline distT="0" distB="0" distL="0" distR="0"><wp:extent cx="3600000" cy="1800000"/>'
    '<wp:docPr id="1" name="文本框 1"/><a:graphic><a:graphicData uri="http://schemas.microsoft.com/office/word/2010/wordprocessingShape">'
    '<wps:wsp><wps:cNvSpPr txBox="1"/><wps:spPr><a:xfrm><a:off x="0" y="0"/><a:ext cx="3600000" cy="1800000"/></a:xfrm>'
    '<a:prstGeom prst="rect"><a:avLst/></a:prstGeom><a:ln w="9525"><a:solidFill><a:srgbClr val="000000"/></a:solidFill></a:ln></wps:spPr>'
    "<wps:txbx><w:txbxContent>{inside}</w:txbxContent></wps:txbx><wps:bodyPr/></wps:wsp></a:graphicData></a:graphic></wp:inline></w:drawing>"
    '</mc:Choice><mc:Fallback><w:pict><v:shape style="width:280pt;height:140pt"><v:textbox><w:txbxContent>{inside}</w:txbxContent>'
    "</v:textbox></v:shape></w:pict></mc:Fallback></mc:AlternateContent></w:r>"
)
ROWS = (
    ("科目", "{% colspan 2 %}支出", ""),
    ("{%tr for 类 in 支出.类 %}{%tr for 项 in 类.款[0].项 %}", "", ""),
    ("{% vm 类 %}{{ 类.名称 }}", "{% cellbg 'FFF2CC' if loop.first else '' %}{{ 项.名称 }}", "{{ 项.合计 }}"),
    ("{%tr endfor %}{%tr endfor %}", "", ""),
)


@pytest.fixture
def made(tmp_path: Path) -> Callable[..., Built]:
    """Builds the packet of a unit whose stamp lies beside its input."""
    own = tmp_path / "templates" / "docx" / "甲"
    own.mkdir(parents=True)
    (tmp_path / "templates" / "profiles").mkdir()
    (tmp_path / "templates" / "profiles" / "甲.yaml").write_text("继承: standard\n", encoding="utf-8")
    (own / "徽.png").write_bytes(png(60, 60))
    (tmp_path / "公章.png").write_bytes(png(40, 20))
    shutil.copy(ROOT / "tests" / "cases" / "everything.yaml", tmp_path / "unit.yaml")
    frame = docx.Document(str(ROOT / "templates" / "docx" / "standard" / "决算公开.docx"))
    cover = frame.paragraphs[0]
    texts = ("{{ 单位.名称 }}", "{%p for 行 in 支出.类 %}", "{{ 行.名称 }}{{ 行.合计 }}万元", "{%p endfor %}")
    inside = "".join(f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>" for text in texts)
    cover._p.append(parse_xml(BOX.format(ns=nsdecls("w"), inside=inside)))
    for text in ("{{ 图(“徽.png”, 宽=“2cm”) }}{{ 图(“公章.png”, 宽=“4cm”, 说明=“公章”) }}", "共{{ 收入.合计 }}万元"):
        cover.insert_paragraph_before(text)
    table_of(*ROWS)(frame)
    cover._p.addprevious(frame.tables[-1]._tbl)
    frame.save(str(own / "决算公开.docx"))
    layout = read_profile("甲", shelves([tmp_path / "templates"]))
    assert [str(i) for i in check_profile(layout)] == []
    return partial(
        build, tmp_path / "unit.yaml", tmp_path / "out", profile="甲", templates=[tmp_path / "templates"]
    )  # fmt: skip


def test_it_is_filled_and_each_figure_read_back(made: Callable[..., Built]) -> None:
    packet = made()
    assert [str(i) for i in packet.issues if i.rule not in (UNPRINTED, "TEXT-017")] == []
    document = docx.Document(str(packet.files[1]))
    boxes = ["".join(t.text or "" for t in b.iter(qn("w:t"))) for b in document.element.body.iter(qn("w:txbxContent"))]
    assert boxes[0] == boxes[1]
    assert boxes[0].startswith("某市某局")
    assert boxes[0].count("万元") > 1
    assert [s.width.cm for s in document.inline_shapes] == [2, 4]
    merged = {m.get(qn("w:val")) for m in document.tables[0]._tbl.iter(qn("w:vMerge"))}
    assert merged == {"restart", "continue"}
    assert any(p.startswith("共") and p.endswith("万元") for p in read_paragraphs(packet.files[1].read_bytes()))


@pytest.mark.outside
def test_an_office_program_opens_it(made: Callable[..., Built], tmp_path: Path) -> None:
    program = find_office()
    if not program:
        pytest.skip("LibreOffice is not installed")
    packet = made(reread=True)
    assert [str(i) for i in packet.issues if i.rule not in (UNPRINTED, "TEXT-017")] == []
    assert convert(program, "pdf", [packet.files[1]], tmp_path / "pdf") == ""
    pdf = next((tmp_path / "pdf").glob("*.pdf"))
    pictures = subprocess.run(["pdfimages", "-list", str(pdf)], capture_output=True, text=True, check=True).stdout
    assert len(pictures.splitlines()) == 4
