"""Which files are one packet: told by folders and names alone, and a file that can't be read stops no other."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from docx import Document

from budgetgen.audit.packets import packets_of, read_packet
from budgetgen.issues import Rejected


def laid(folder: Path, names: str) -> Path:
    for name in names.split():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")
    return folder


def shape(folder: Path) -> list[list[str]]:
    return [[f.name for f in p.files] for p in packets_of([folder])]


@pytest.mark.parametrize(
    ("names", "packets"),
    [
        ("决算公开.docx 公开表.xlsx 附件2：自评表.docx", [["决算公开.docx", "公开表.xlsx", "附件2：自评表.docx"]]),
        ("甲局2024年度部门决算.docx 乙局2024年度部门决算.docx", [["乙局2024年度部门决算.docx"], ["甲局2024年度部门决算.docx"]]),
        ("甲局决算公开.docx 甲局公开表.xlsx 乙局决算.docx", [["乙局决算.docx"], ["甲局决算公开.docx", "甲局公开表.xlsx"]]),
        ("某县教育局2024年决算.docx 教育局公开表.xlsx", [["某县教育局2024年决算.docx", "教育局公开表.xlsx"]]),
        ("人民医院决算.docx 县第二人民医院决算.docx", [["人民医院决算.docx"], ["县第二人民医院决算.docx"]]),
        ("甲局2023年决算.docx 甲局2024年决算.docx", [["甲局2023年决算.docx"], ["甲局2024年决算.docx"]]),
        ("甲局2024年部门预算.docx 甲局2024年部门决算.docx", [["甲局2024年部门决算.docx"], ["甲局2024年部门预算.docx"]]),
        ("甲局决算.docx 党史研究项目支出绩效自评表.docx", [["甲局决算.docx", "党史研究项目支出绩效自评表.docx"]]),
        ("甲局/决算.docx 甲局/附件/自评表.docx 乙局/决算.docx", [["决算.docx"], ["决算.docx", "自评表.docx"]]),
        ("公开表/附表.xlsx 说明/情况说明.docx", [["情况说明.docx", "附表.xlsx"]]),
        ("000.docx 001.docx", [["000.docx"], ["001.docx"]]),
        ("~$决算.docx .决算.docx 决算.docx 备注.txt", [["决算.docx"]]),
    ],
)  # fmt: skip
def test_what_belongs_together(tmp_path: Path, names: str, packets: list[list[str]]) -> None:
    assert shape(laid(tmp_path / "某局", names)) == packets


def test_files_given_by_name_are_held_together_by_their_unit(tmp_path: Path) -> None:
    laid(tmp_path, "甲局决算.docx 甲局公开表.xlsx 乙局决算.docx")
    found = packets_of([tmp_path / n for n in ("甲局决算.docx", "乙局决算.docx", "甲局公开表.xlsx")])
    assert [[f.name for f in p.files] for p in found] == [["甲局决算.docx", "甲局公开表.xlsx"], ["乙局决算.docx"]]


def test_a_zip_is_a_folder(tmp_path: Path) -> None:
    path = tmp_path / "材料.zip"
    with zipfile.ZipFile(path, "w") as file:
        for name in ("甲局/决算.docx", "乙局/决算.docx", "__MACOSX/乙局/._决算.docx"):
            file.writestr(name, b"")
        file.writestr("说明.txt", b"")
        file.writestr("里面.rar", b"")
    first, *rest = packets_of([path])
    assert [i.cause for i in first.issues] == ["没有打开压缩文件里的压缩文件。"]
    assert [[f.place for f in p.files] for p in rest] == [[f"{path}/乙局/决算.docx"], [f"{path}/甲局/决算.docx"]]


def test_names_in_a_zip_that_windows_wrote(tmp_path: Path) -> None:
    path = tmp_path / "材料.zip"
    member = "甲局决算.docx".encode("gb18030").decode("cp437")
    with zipfile.ZipFile(path, "w") as file:
        info = zipfile.ZipInfo("x" * len("甲局决算.docx".encode("gb18030")))
        file.writestr(info, b"")
    path.write_bytes(path.read_bytes().replace(info.filename.encode(), member.encode("cp437")))
    ((only,),) = [p.files for p in packets_of([path])]
    assert only.name == "甲局决算.docx"


def test_several_files_are_read_as_one(tmp_path: Path) -> None:
    for name, text in (("决算.docx", "一、收入支出决算总体情况说明"), ("附件1.docx", "自评报告")):
        document = Document()
        document.add_paragraph(text)
        document.add_table(1, 1)
        document.save(str(tmp_path / name))
    (tmp_path / "附件2.docx").write_bytes(b"PK damaged")
    (source,) = packets_of([tmp_path])
    read = read_packet(source)
    assert [(p.number, Path(p.file).name, p.text) for p in read.paragraphs] == [
        (1, "决算.docx", "一、收入支出决算总体情况说明"),
        (2, "附件1.docx", "自评报告"),
    ]
    assert [(t.number, Path(t.file).name, t.after) for t in read.tables] == [(1, "决算.docx", 1), (2, "附件1.docx", 2)]
    (issue,) = read.issues
    assert issue.place is not None
    assert issue.place.file.endswith("附件2.docx")


def test_where_nothing_can_be_read(tmp_path: Path) -> None:
    (source,) = packets_of([tmp_path])
    with pytest.raises(Rejected) as refused:
        read_packet(source)
    assert [i.cause for i in refused.value.issues] == ["里面没有能读的文件。"]
