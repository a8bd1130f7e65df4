"""What a packet rests on, and how a worker of a cluster knows the folder of the run."""

from __future__ import annotations

import pickle
from dataclasses import replace
from pathlib import Path

import pytest

from budgetgen.batch.cluster import SIGN, Call, answer, sees
from budgetgen.batch.job import Job, Settings, build_unit, still_holds
from budgetgen.batch.outcome import Ending
from budgetgen.batch.workers import Unseen
from budgetgen.layout import read_kind, read_profile
from budgetgen.layout.scaffold import new_profile

ROOT = Path(__file__).parents[2]
EVERYTHING = (ROOT / "tests" / "cases" / "everything.yaml").read_text(encoding="utf-8")
RULE = "LOCAL-001: {名称: 本地, 级别: 提示, 要求: false, 左: 收支总计, 说明: 本地的规则, 改法: 无}\n"


@pytest.fixture
def job(tmp_path: Path) -> Job:
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
    new_profile("甲", read_profile("tianyuan"), tmp_path / "版式", read_kind())
    settings = Settings("甲", (tmp_path / "版式",))
    return Job(1, source, "某市某局", 2024, tmp_path / "out", "某市某局-2024", "某市某局-2024.html", settings)


def test_a_packet_rests_on_all_that_it_was_made_of(job: Job) -> None:
    built = build_unit(job)
    assert built.ending is Ending.FINAL, built

    def holds() -> bool:
        return still_holds(built.fingerprint, job.settings, job.source)

    assert holds()
    for path in (
        job.source, job.source.parents[1] / "2023" / "unit.yaml", job.source.parent / "templates" / "checks" / "本地.yaml",
        next((job.settings.templates[0] / "profiles").iterdir()),
    ):  # fmt: skip
        before = path.read_bytes()
        path.write_bytes(before + b"\n")
        assert not holds(), path
        path.write_bytes(before)
    assert holds()
    assert not still_holds(built.fingerprint, replace(job.settings, pdf=True), job.source)
    assert not still_holds({**built.fingerprint, "版式": 5}, job.settings, job.source)


def test_a_worker_knows_the_runs_folder_by_its_sign(job: Job) -> None:
    call = Call(job, 60.0, "sign", there=True)
    assert pickle.loads(answer(pickle.dumps(call))) == Unseen()
    job.out.mkdir()
    (job.out / SIGN).write_text("sign", encoding="ascii")
    assert sees(call)
    assert not sees(replace(call, sign="another"))
    gone = replace(job, source=job.source.with_name("没有.yaml"))
    assert not sees(replace(call, job=gone))
    assert sees(replace(call, job=gone, there=False)), "what is gone here, too, is told as gone"
