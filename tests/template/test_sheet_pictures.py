"""`{{ 图("公章.png") }}` in a cell: the picture stands there, at the size that is asked for."""

from __future__ import annotations

import posixpath
import zlib
from io import BytesIO

import openpyxl
import pytest
from lxml import etree
from office import cells, parts_of, sheet_file, with_parts

from budgetgen import template
from budgetgen.expression import inking
from budgetgen.template.language.rendered import EMU_PER_CM, picture_finder

EMBEDDED = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}embed"


def png(wide, high, shade=0):
    """A grey picture."""

    def chunk(kind, data):
        return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")

    head = wide.to_bytes(4, "big") + high.to_bytes(4, "big") + bytes([8, 0, 0, 0, 0])
    rows = zlib.compress((b"\0" + bytes([shade]) * wide) * high)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


@pytest.fixture
def names(tmp_path):
    (tmp_path / "公章.png").write_bytes(png(40, 20))
    (tmp_path / "logo.png").write_bytes(png(10, 10, 200))
    return {"图": picture_finder([tmp_path]), "行们": ["甲", "乙"]}


def related(parts, part):
    """Relation id → the part that `part` refers to by it."""
    folder, name = posixpath.split(part)
    listed = etree.fromstring(parts.get(f"{folder}/_rels/{name}.rels", b"<none/>"))
    return {r.get("Id"): posixpath.normpath(posixpath.join("/", folder, r.get("Target")))[1:] for r in listed}


def placed(data, number=1):
    """The pictures of a sheet: row and column (from 1), width and height in cm, bytes."""
    parts, sheet = parts_of(data), f"xl/worksheets/sheet{number}.xml"
    link = etree.fromstring(parts[sheet]).find("{*}drawing")
    if link is None:
        return []
    drawing = related(parts, sheet)[link.get(EMBEDDED.replace("embed", "id"))]
    assert f'PartName="/{drawing}"' in parts["[Content_Types].xml"].decode()
    media = related(parts, drawing)
    return [
        (
            *(int(anchor.findtext(f"{{*}}from/{{*}}{line}")) + 1 for line in ("row", "col")),
            *(round(int(anchor.find("{*}ext").get(side)) / EMU_PER_CM, 2) for side in ("cx", "cy")),
            parts[media[anchor.find(".//{*}blip").get(EMBEDDED)]],
        )
        for anchor in etree.fromstring(parts[drawing])
    ]  # fmt: skip


def template_with_a_picture(path, env, names, rows):
    """A template that has a picture in C3 of its own, and `rows` of tags."""
    escaped = [[str(value).replace("{{", "{_{").replace("{%", "{_%") for value in row] for row in rows]
    made = sheet_file(path, escaped, lambda sheet: sheet.cell(3, 3, '{{ 图("logo.png") }}'))
    path.write_bytes(template.compile(made, env).render(names).data)
    return path


def test_a_picture_stands_at_its_cell(tmp_path, env, names):
    rows = [["{%tr for 行 in 行们 %}"], ["{{ 行 }}"], ["{%tr endfor %}"], ["盖章", '{{ 图("公章.png", 宽="3cm") }}']]
    renderer = template.compile(sheet_file(tmp_path / "t.xlsx", rows), env)
    data = renderer.render(names).data
    assert cells(openpyxl.load_workbook(BytesIO(data)).active) == [["甲", None], ["乙", None], ["盖章", None]]
    assert placed(data) == [(3, 2, 3, 1.5, png(40, 20))]
    assert renderer.render(names).data == data


def test_each_row_its_own_and_each_file_once(tmp_path, env, names):
    rows = [["{%tr for 行 in 行们 %}"], ['{{ 图(行, 高="1cm") }}'], ["{%tr endfor %}"]]
    path = sheet_file(tmp_path / "t.xlsx", rows)
    data = template.compile(path, env).render(names | {"行们": ["公章.png", "logo.png", "公章.png"]}).data
    assert [found[:4] for found in placed(data)] == [(1, 1, 2, 1), (2, 1, 1, 1), (3, 1, 2, 1)]
    assert sum("/media/" in part for part in parts_of(data)) == 2


def test_a_sheet_that_has_pictures_keeps_them(tmp_path, env, names):
    path = template_with_a_picture(tmp_path / "t.xlsx", env, names, [['{{ 图("公章.png") }}']])
    data = template.compile(path, env).render(names).data
    assert [(*found[:2], found[-1]) for found in placed(data)] == [
        (3, 3, png(10, 10, 200)), (1, 1, png(40, 20)),
    ]  # fmt: skip
    assert sum(part.startswith("xl/drawings/drawing") for part in parts_of(data)) == 1


def test_copies_of_a_sheet_have_pictures_of_their_own(tmp_path, env, names):
    rows = [["{%ts for 行 in 行们 %}"], ["{{ 图(行) if 行 else 1 }}"]]
    path = sheet_file(tmp_path / "t.xlsx", rows)
    data = template.compile(path, env).render(names | {"行们": ["公章.png", "", "logo.png"]}).data
    assert [[found[-1] for found in placed(data, n)] for n in (1, 2, 3)] == [
        [png(40, 20)], [], [png(10, 10, 200)],
    ]  # fmt: skip


def test_copies_keep_the_picture_that_they_share(tmp_path, env, names):
    rows = [["{%ts for 行 in 行们 %}"], ["{{ 图(行) if 行 else 1 }}"]]
    path = template_with_a_picture(tmp_path / "t.xlsx", env, names, rows)
    drawing = parts_of(path)["xl/drawings/drawing1.xml"].decode()
    start, end = drawing.index("<xdr:from>"), drawing.index("</xdr:from>") + len("</xdr:from>")
    still = f'{drawing[:start]}<xdr:pos x="0" y="0"/>{drawing[end:]}'.replace("oneCellAnchor", "absoluteAnchor")
    with_parts(path, {"xl/drawings/drawing1.xml": still})
    data = template.compile(path, env).render(names | {"行们": ["公章.png", ""]}).data
    parts = parts_of(data)
    drawings = [next(iter(related(parts, f"xl/worksheets/sheet{n}.xml").values())) for n in (1, 2)]
    assert [len(etree.fromstring(parts[drawing])) for drawing in drawings] == [2, 1]
    assert parts[drawings[0]].count(b"absoluteAnchor") == parts[drawings[1]].count(b"absoluteAnchor") == 2


@pytest.mark.parametrize(
    ("tag", "cause"),
    [
        ('{{ 图("公章.png") }}章', "图片不能和别的字连在一起"),
        ('{{ 图("../公章.png") }}', "图片只写文件名，不写文件夹"),
        ('{{ 图("公张.png") }}', "没有图片“公张.png”，是否想写“公章.png”？图片放在版式或数据文件的文件夹里"),
    ],
)
def test_what_cannot_be_placed_is_told_with_its_cell(tmp_path, env, names, tag, cause):
    with pytest.raises(template.TemplateError) as caught:
        template.compile(sheet_file(tmp_path / "t.xlsx", [[tag]]), env).render(names)
    assert caught.value.place == "表!A1"
    assert cause in caught.value.cause


def test_in_a_table_of_a_document_it_is_refused_by_name(tmp_path, env, names):
    renderer = template.compile(sheet_file(tmp_path / "t.xlsx", [["甲", '{{ 图("公章.png") }}']]), env)
    with inking(), pytest.raises(template.TemplateError, match="图片不能放进文本里的表"):
        renderer.word_table("表", names, width=9000)
