"""What a 版式 prints is read back: every figure of its narratives, in every case, under its own name."""

from __future__ import annotations

from pathlib import Path

import pytest

from budgetgen.audit.readback import CASES, check_reading, not_told, same_figure, sample_cases, unread
from budgetgen.inversion import learn
from budgetgen.layout import profile_names, read_kind, read_profile, shelves
from budgetgen.packet.render import Packet
from budgetgen.pipeline import make
from budgetgen.reading import load
from tests.read_back import INPUTS, each_once, packet

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("unit", "profile"), each_once(["样样都有", "区委办", "政研室"], ["standard", "tianyuan", "zhuzhou-approval"])
)
def test_a_packet_is_read_back_whole(unit: str, profile: str) -> None:
    assert list(unread(packet(unit, profile).document, 2024)) == []


@pytest.mark.outside
@pytest.mark.parametrize("profile", profile_names())
def test_our_own_layouts_are_read_back_in_every_case(profile: str) -> None:
    assert [i.cause for i in check_reading(read_profile(profile))] == []


def test_a_sentence_that_the_grammar_cannot_read_is_told(tmp_path: Path) -> None:
    """A layout with a wording of its own: the figure that gets lost is named, the others aren't."""
    said = ("机关运行经费支出{{ 数 }}万元", "为保障运转花去{{ 数 }}万元")
    neighbour(tmp_path, "邻市", "zhuzhou-2020", "standard/说明/机关运行经费.md.j2", *said)
    packet = made(tmp_path)
    lost = list(unread(packet.document, 2024))
    assert {u.figure for u in lost} >= {"机关运行经费.决算"}
    assert all("机关运行经费" in u.figure for u in lost)
    assert "花去" in lost[0].words


def neighbour(folder: Path, name: str, parent: str, narrative: str, old: str, new: str) -> None:
    """A 版式 that inherits from another and words one narrative otherwise."""
    (folder / "profiles").mkdir()
    (folder / "profiles" / f"{name}.yaml").write_text(f"继承: {parent}\n", encoding="utf-8")
    source = ROOT / "templates" / "docx" / narrative
    said = folder / "docx" / name / "说明"
    said.mkdir(parents=True)
    (said / source.name).write_text(source.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")


def made(folder: Path) -> Packet:
    return make(load(INPUTS["样样都有"]), read_profile("邻市", shelves([folder])), read_kind())[1]


EXAMPLES = {
    "万里": ROOT / "examples/wanli-street-budget/unit.yaml",
    "石泉路": ROOT / "examples/shiquan-street-budget/unit.yaml",
    "样样都有": ROOT / "tests/cases/budget.yaml",
    "科技馆": ROOT / "examples/science-museum-intent/unit.yaml",
}


@pytest.mark.parametrize(
    "unit", ["石泉路", "科技馆", *(pytest.param(u, marks=pytest.mark.outside) for u in ("万里", "样样都有"))]
)
def test_every_figure_of_an_example_of_another_kind_is_told_by_its_files(unit: str) -> None:
    loaded = load(EXAMPLES[unit])
    kind = read_kind(loaded.accounts.kind)
    profile = read_profile(loaded.accounts.profile, kind=kind)
    learned = learn(kind, profile)
    assert learned is not None
    for file, rendered in make(loaded, profile, kind)[1].files.items():
        lost = [u.figure for u in not_told(learned, rendered, file.suffix) if u.figure != "0"]
        goals = "绩效目标项目"  # a table that comes once a project is not read
        assert [figure for figure in lost if not figure.startswith(goals)] == []


@pytest.mark.outside
def test_a_budget_whose_sentences_cannot_be_told_apart_is_told(tmp_path: Path) -> None:
    neighbour(tmp_path, "邻区", "putuo", "putuo/说明/预算其他说明.md.j2", "政府采购工程预算", "政府采购货物预算")
    causes = [issue.cause for issue in check_reading(read_profile("邻区", shelves([tmp_path])))]
    assert len(causes) == 2
    assert "（政府采购预算.货物）从公开的部门预算公开读不回来（部门、增的情形）" in causes[0]
    assert "政府采购预算.工程" in causes[1]


def test_the_sample_comes_in_every_case() -> None:
    cases = dict(sample_cases())
    assert list(cases) == list(CASES)
    assert cases["平"]["上年"]["收支总计"] == 2856000.75
    assert cases["上年为零"]["上年"]["收支总计"] == 0
    assert cases["预算为零"]["三公经费"]["公务接待费"]["年初预算"] == 0
    assert cases["增"]["三公经费"]["公务接待费"]["决算"] == cases["减"]["三公经费"]["公务接待费"]["决算"] == 12000
    assert cases["增"]["三公经费"]["公务接待费"]["上年决算"] < 12000 < cases["减"]["三公经费"]["公务接待费"]["上年决算"]


@pytest.mark.parametrize(
    ("heard", "printed", "same"),
    [
        ("三公经费.预算.合计", "三公经费.年初预算.合计", True),
        ("三公经费.预算.合计", "三公经费.决算.合计", False),
        ("会议费.会议[1].人数", "会议费.会议[2].人数", True),
        ("支出.类[201].合计", "支出.类[208].合计", False),
        ("报告.支出", "一般公共预算.支出.合计", True),
        ("报告.支出", "收入.合计", False),
    ],
)
def test_names_of_one_figure(heard: str, printed: str, *, same: bool) -> None:
    assert same_figure(heard, printed) is same
