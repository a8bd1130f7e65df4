"""What the page asks, as functions: files in, data and files out; nothing kept, nothing raised, no path of this machine."""

from __future__ import annotations

import io
import json
import zipfile
from html.parser import HTMLParser
from pathlib import Path

import pytest

from budgetgen.pipeline import Built
from budgetgen.web.desk import Memory
from budgetgen.web.protocol import ACTS, Answer, answer

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture(scope="module")
def unit(example: Path) -> bytes:
    return example.read_bytes()


@pytest.fixture(scope="module")
def whole(unit: bytes) -> Answer:
    return answer({"acts": ["identify", "check", "look", "build"], "main": "unit.yaml"}, {"unit.yaml": unit})


def test_what_files_are(unit: bytes, built: Built) -> None:
    files = {path.name: path.read_bytes() for path in built.files}
    files |= {
        "unit.yaml": unit,
        "坏.xlsx": b"PK\3\4 broken",
        "某.pdf": b"%PDF-1.7",
        "templates/x.txt": b"",
        "a.txt": b"?",
    }
    told = {f["name"]: f for f in answer({"acts": ["identify"]}, files).told["identify"]["files"]}
    kinds = {name: f["kind"] for name, f in told.items()}
    assert kinds.pop("unit.yaml") == "yaml"
    assert kinds.pop("坏.xlsx") == "other"
    assert kinds.pop("某.pdf") == "pdf"
    assert kinds.pop("templates/x.txt") == "template"
    assert kinds.pop("a.txt") == "other"
    assert set(kinds.values()) == {"tables", "document"}
    assert told["unit.yaml"]["year"] == 2024
    assert all(told[name]["hand"] == "" for name in kinds)
    assert told["坏.xlsx"]["issues"][0]["rule"] == "INPUT-002"


def test_the_packet_is_the_one_that_build_writes(whole: Answer, built: Built) -> None:
    assert {path.name: path.read_bytes() for path in built.files} == dict(whole.files)


class Buttons(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[int, str]] = []
        self.tags: set[str] = set()
        self._open: list[str] | None = None
        self._number = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        if tag == "button":
            self._open, self._number = [], int(str(dict(attrs)["data-n"]))

    def handle_data(self, data: str) -> None:
        if self._open is not None:
            self._open.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "button" and self._open is not None:
            self.found.append((self._number, "".join(self._open)))
            self._open = None


def test_every_printed_number_is_marked_by_its_figure(whole: Answer, built: Built) -> None:
    look = whole.told["look"]
    assert built.packet is not None
    for file, rendered in zip(look["files"], built.packet.files.values(), strict=True):
        page = Buttons()
        page.feed("".join(panel["html"] for panel in file["panels"]))
        shown = sorted((look["figures"][n]["name"], text) for n, text in page.found)
        printed = [p for p in rendered.printed if getattr(p.place, "part", "word/document.xml") == "word/document.xml"]
        assert shown == sorted((p.value.name, p.text) for p in printed)
        told = [(look["figures"][n]["name"], text) for panel in file["panels"] for n, text in panel["printed"]]
        assert sorted(told) == shown


def test_only_the_panels_that_are_asked_for_come_as_html(whole: Answer, unit: bytes) -> None:
    """And of one that asks again the input is examined once, while it is the same."""
    memory = Memory()
    ask = {"acts": ["look"], "main": "unit.yaml"}
    first = answer(ask | {"panels": ["0-1"]}, {"unit.yaml": unit}, memory).told["look"]
    panels = [panel for file in first["files"] for panel in file["panels"]]
    assert [panel["id"] for panel in panels if panel["html"] is not None] == ["0-1"]
    seen = memory.last
    again = answer(ask, {"unit.yaml": unit}, memory)
    assert memory.last is seen
    assert again.told["look"] == whole.told["look"]
    assert answer({"acts": ["build"], "main": "unit.yaml"}, {"unit.yaml": unit}, memory).files == whole.files
    assert memory.last is seen
    answer(ask | {"panels": []}, {"unit.yaml": unit + b"# \n"}, memory)
    assert memory.last is not seen


def test_a_figure_says_what_it_was_made_from(whole: Answer, unit: bytes) -> None:
    figures = whole.told["look"]["figures"]
    total = next(f for f in figures if f["name"] == "收入.合计")
    assert total["of"]
    leaves, left = [], [total]
    while left:
        figure = left.pop()
        left += [figures[n] for n in figure["of"]]
        leaves += [] if figure["of"] else [figure]
    assert all(leaf["place"].startswith("unit.yaml:") for leaf in leaves if leaf["path"])
    path = next(x["path"] for x in leaves if x["path"])
    (told,) = (
        answer({"acts": ["inputs"], "main": "unit.yaml", "paths": [path, "没有"]}, {"unit.yaml": unit})
        .told["inputs"]["inputs"]
        .values()
    )
    assert told["kind"] == "amount"
    assert told["text"]


def test_a_wrong_amount_is_told_with_an_input_and_mended_there(unit: bytes) -> None:
    wrong = unit.replace("财政拨款: 93.49}".encode(), "财政拨款: 93.49万}".encode())
    text = unit.decode()
    line = next(n for n in text.splitlines() if "收入: {财政拨款: " in n)
    amount = line.partition("财政拨款: ")[2].partition("}")[0].partition(",")[0]
    wrong = text.replace(line, line.replace(amount, f"{amount}万"), 1).encode()
    told = answer({"acts": ["check"], "main": "unit.yaml"}, {"unit.yaml": wrong}).told["check"]
    assert told["counts"]["error"] == 1
    (error,) = told["lists"]["error"]
    assert error["rule"] == "INPUT-013"
    assert error["input"]["text"] == f"{amount}万"
    mended = answer({"acts": ["set"], "main": "unit.yaml", "values": {error["path"]: amount}}, {"unit.yaml": wrong})
    assert mended.files == {"unit.yaml": unit}


def test_what_is_still_to_be_filled_stands_apart(unit: bytes) -> None:
    text = unit.decode()
    line = next(n for n in text.splitlines() if "差异原因: " in n)
    files = {"unit.yaml": text.replace(line, line.split("差异原因: ")[0] + "差异原因: 【待填写】", 1).encode()}
    told = answer({"acts": ["check"], "main": "unit.yaml"}, files).told["check"]
    assert told["draft"]
    assert {i["input"]["kind"] for i in told["lists"]["fill"] if i["input"]} == {"text"}


def test_a_form_is_made_filled_in_and_read_again(unit: bytes) -> None:
    made = answer({"acts": ["convert"], "main": "unit.yaml", "target": "填报表.xlsx"}, {"unit.yaml": unit})
    ask = {"acts": ["set"], "main": "填报表.xlsx", "values": {"单位.名称": "<b>新</b>局"}}
    changed = answer(ask, made.files)
    told = answer({"acts": ["check", "look"], "main": "填报表.xlsx"}, changed.files).told
    assert told["check"]["unit"] == "<b>新</b>局"
    html = json.dumps(told["look"], ensure_ascii=False)
    assert "&lt;b&gt;新&lt;/b&gt;局" in html
    assert "<b>新</b>局" not in html


def test_next_year_an_empty_form_and_the_report(unit: bytes) -> None:
    ask = {"acts": ["convert", "blank", "report"], "main": "unit.yaml", "target": "unit.yaml", "next_year": True}
    made = answer(ask, {"unit.yaml": unit}).files
    assert set(made) == {"unit.yaml", "填报表.xlsx", "检查报告.html"}
    assert "年度: 2025" in made["unit.yaml"].decode()


def test_a_published_packet_is_audited_beside_its_page(built: Built) -> None:
    path = next(p for p in built.files if p.suffix == ".docx")
    told = answer({"acts": ["audit"], "file": path.name}, {path.name: path.read_bytes()}).told["audit"]
    assert 'id="p1"' in told["html"]
    assert 'id="t1"' in told["html"]
    assert [f for f in told["findings"] if f["level"] == "错误"] == []


def test_what_was_found_is_written_into_a_copy(unit: bytes, built: Built) -> None:
    path = next(p for p in built.files if p.suffix == ".docx")
    with zipfile.ZipFile(path) as package:
        told = {name: package.read(name) for name in package.namelist()}
    wrong = io.BytesIO()
    with zipfile.ZipFile(wrong, "w") as package:
        for name, part in told.items():
            package.writestr(name, part.replace(b"840.70", b"841.70", 1) if name == "word/document.xml" else part)
    made = answer({"acts": ["audit"], "file": path.name, "copy": True}, {path.name: wrong.getvalue()}).files
    with zipfile.ZipFile(io.BytesIO(made[f"{path.stem}.审核.docx"])) as package:
        assert "840.70" in package.read("word/comments.xml").decode()

    form = answer({"acts": ["convert"], "main": "unit.yaml", "target": "填报表.xlsx"}, {"unit.yaml": unit}).files
    noted = answer({"acts": ["notes"], "main": "填报表.xlsx"}, form)
    with zipfile.ZipFile(io.BytesIO(noted.files["填报表.检查.xlsx"])) as package:
        assert noted.told["notes"]["cells"] > 0
        assert any("comments" in name for name in package.namelist())
    assert answer({"acts": ["notes"], "main": "unit.yaml"}, {"unit.yaml": unit}).files == {}


def test_a_layout_of_the_persons_own_is_listed_checked_and_used(unit: bytes) -> None:
    own = "中文名: 本市\n继承: tianyuan\n".encode()
    files = {"unit.yaml": unit, "templates/profiles/本市.yaml": own}
    told = answer({"acts": ["profiles", "check_profile"], "main": "unit.yaml", "profile": "本市"}, files).told
    assert {"name": "本市", "title": "本市", "own": True} in told["profiles"]["profiles"]
    assert told["check_profile"]["counts"]["error"] == 0
    assert answer({"acts": ["check"], "main": "unit.yaml", "profile": "本市"}, files).told["check"]["profile"] == "本市"


def test_a_department_with_its_units_in_folders() -> None:
    folder = EXAMPLES / "invented-department"
    files = {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*.yaml")}
    told = answer({"acts": ["check", "look"], "main": "部门.yaml"}, files).told
    assert told["check"]["can_build"]
    assert any(f.get("shares") for f in told["look"]["figures"])


def test_the_files_of_a_packet_as_one(unit: bytes) -> None:
    (made,) = answer({"acts": ["build"], "main": "unit.yaml", "zip": True}, {"unit.yaml": unit}).files.values()
    with zipfile.ZipFile(io.BytesIO(made)) as package:
        assert package.testzip() is None
        assert {Path(n).suffix for n in package.namelist()} == {".xlsx", ".docx"}


@pytest.mark.parametrize("name", ["../unit.yaml", "/etc/unit.yaml", "a\\b.yaml", "C:/unit.yaml", "", "x" * 300])
def test_a_name_never_leaves_the_folder(name: str, unit: bytes) -> None:
    told = answer({"acts": ["check"], "main": name}, {name: unit}).told
    assert [i["rule"] for i in told["issues"]] == ["INPUT-001"]


def test_nothing_raises_and_no_path_of_the_machine_is_told() -> None:
    bad = {
        "unit.yaml": "年度: [".encode(),
        "templates/profiles/坏.yaml": "没有: 这个键\n".encode(),
        "templates/docx/坏/说明/收入.md.j2": "{{ 没有 }".encode(),
        "a.docx": b"PK\3\4nothing",
    }
    for act in [*ACTS, "nothing of that name"]:
        for main in ("unit.yaml", "a.docx", "not there", ""):
            ask = {
                "acts": [act],
                "main": main,
                "profile": "坏",
                "file": "a.docx",
                "values": {"年度": "1"},
                "name": "收入",
            }
            told = json.dumps(answer(ask, bad).told, ensure_ascii=False)
            assert "/tmp" not in told
            assert str(EXAMPLES.parent) not in told
