"""A unit sent to a machine that sees none of our folders comes back as it would have been built here."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from budgetgen.batch.basis import Settings, still_holds
from budgetgen.batch.cluster import Call, Unseen, _sees, answer
from budgetgen.batch.outcome import Ending, Outcome
from budgetgen.batch.parcel import build_parcel, pack, put
from budgetgen.batch.unit import Task, build_unit
from budgetgen.layout import read_profile
from budgetgen.layout.scaffold import new_profile

ROOT = Path(__file__).parents[2]
EVERYTHING = (ROOT / "tests" / "cases" / "everything.yaml").read_text(encoding="utf-8")
RULE = "LOCAL-001: {名称: 本地, 级别: 提示, 要求: false, 左: 收支总计, 说明: 本地的规则, 改法: 无}\n"


@pytest.fixture
def task(tmp_path: Path) -> Task:
    """A unit with last year's file elsewhere, rules of its own beside it and a layout in a given folder."""
    source = tmp_path / "数据" / "2024" / "unit.yaml"
    prior = tmp_path / "数据" / "2023" / "unit.yaml"
    for path, year in ((source, 2024), (prior, 2023)):
        path.parent.mkdir(parents=True)
        path.write_text(EVERYTHING.replace("年度: 2024", f"年度: {year}", 1), encoding="utf-8")
    with source.open("a", encoding="utf-8") as file:
        file.write("\n上年文件: ../2023/unit.yaml\n")
    (source.parent / "templates" / "checks").mkdir(parents=True)
    (source.parent / "templates" / "checks" / "本地.yaml").write_text(RULE, encoding="utf-8")
    new_profile("甲", read_profile("tianyuan"), tmp_path / "版式")
    settings = Settings("甲", (tmp_path / "版式",))
    return Task(1, source, "某市某局", 2024, tmp_path / "out", "某市某局-2024", "某市某局-2024.html", settings)


def same(one: Outcome, two: Outcome) -> None:
    assert replace(one, seconds=0.0) == replace(two, seconds=0.0)


def files(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_what_comes_back_is_what_is_built_here(task: Task, tmp_path: Path) -> None:
    here = build_unit(task)
    assert here.ending is Ending.FINAL, here
    there = replace(task, out=tmp_path / "集群")
    same(put(there, build_parcel(pack(there))), here)
    assert files(tmp_path / "集群") == files(tmp_path / "out")
    assert still_holds(here.basis, task.settings, task.source)
    (task.source.parent / "templates" / "checks" / "本地.yaml").write_text(RULE + "\n", encoding="utf-8")
    assert not still_holds(here.basis, task.settings, task.source)


def test_a_bad_input_is_refused_there_as_here(task: Task, tmp_path: Path) -> None:
    task.source.write_text("单位: [", encoding="utf-8")
    task = replace(task, settings=Settings())
    same(put(task, build_parcel(pack(task))), build_unit(task))


def test_a_final_packet_takes_the_drafts_away(task: Task) -> None:
    folder = task.out / task.folder
    folder.mkdir(parents=True)
    (folder / "草稿-某市某局2024年度公开表.xlsx").touch()
    put(task, build_parcel(pack(task)))
    assert not any(p.name.startswith("草稿-") for p in folder.iterdir())


def test_a_worker_knows_the_runs_folder_by_its_sign(task: Task) -> None:
    import pickle

    unseen = pickle.loads(answer(pickle.dumps(Call(build_unit, task, 60.0, "sign"))))
    assert isinstance(unseen, Unseen)
    task.out.mkdir()
    (task.out / ".批量共享").write_text("sign", encoding="ascii")
    assert _sees(task, "sign")
    assert not _sees(task, "another")
    assert not _sees(replace(task, source=task.source.with_name("没有.yaml")), "sign")
