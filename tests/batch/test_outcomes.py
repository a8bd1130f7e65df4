"""outcomes.jsonl: what is read is what was written, torn and strange lines, a full disk; the order of the table."""

from __future__ import annotations

import errno
import json
from contextlib import closing
from pathlib import Path

import pytest

from budgetgen.batch.folder import OUTCOMES as NAME
from budgetgen.batch.folder import Journal, Line
from budgetgen.batch.inputs import Candidate, Inputs, State
from budgetgen.batch.outcome import Ending, Outcome
from budgetgen.issues import Rejected, visible
from budgetgen.layout import read_kind
from budgetgen.reading import Head, Nature

OUTCOME = Outcome(
    "/数据/甲/unit.yaml", Ending.FINAL, "=原因\n两行", "甲局", 2024, "standard", "final-accounts", warnings=1, notes=2,
    totals={"收支总计": "12.5"}, folder="甲局-2024", files={"甲.xlsx": "ab"}, report="检查报告/甲局-2024.html",
    fingerprint={"数据": "cd"}, seconds=0.25,
)  # fmt: skip


def no_room() -> bool:
    return False


def opened(folder: Path, *, resume: bool = True) -> Journal:
    return Journal(folder / NAME, Outcome, resume=resume, make_room=no_room)


def test_an_outcome_is_read_back_by_its_place(tmp_path: Path) -> None:
    other = Outcome("乙", Ending.CRASHED, "\ud800")
    with closing(opened(tmp_path)) as journal:
        first, second = journal.append(OUTCOME), journal.append(other)
        assert journal.read(first) == OUTCOME
        assert journal.read(second).ending is Ending.CRASHED
        assert [line for _, line in journal.earlier()] == [first, second]
    assert b"\n" not in (tmp_path / NAME).read_bytes()[: first.length - 1]


@pytest.mark.parametrize("torn", [b'{"\xe7\xbb\x93', b"\0" * 5000, b'{"a": 1}', b'{"a": 1}\n{"b'])
def test_a_torn_end_is_cut_off_and_other_lines_are_passed_over(tmp_path: Path, torn: bytes) -> None:
    with closing(opened(tmp_path)) as journal:
        journal.append(OUTCOME)
    with (tmp_path / NAME).open("ab") as file:
        file.write(torn)
    with closing(opened(tmp_path)) as journal:
        line = journal.append(OUTCOME)
        assert journal.read(line) == OUTCOME
        assert [outcome for outcome, _ in journal.earlier()] == [OUTCOME, OUTCOME]


def test_a_new_run_begins_anew(tmp_path: Path) -> None:
    with closing(opened(tmp_path)) as journal:
        journal.append(OUTCOME)
    with closing(opened(tmp_path, resume=False)) as journal:
        assert list(journal.earlier()) == []


def test_a_full_disk_leaves_no_half_line_and_takes_the_room_kept_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    freed: list[bool] = []
    journal = Journal(tmp_path / NAME, Outcome, resume=False, make_room=lambda: not freed and not freed.append(True))
    with closing(journal):
        journal.append(OUTCOME)
        whole = (tmp_path / NAME).read_bytes()
        write = Journal._write
        full = 2

        def fill(self: Journal, text: bytes) -> None:  # the system takes a part, and then no more
            nonlocal full
            if full:
                full -= 1
                write(self, text[:10])
                raise OSError(errno.ENOSPC, "No space left on device")
            write(self, text)

        monkeypatch.setattr(Journal, "_write", fill)
        with pytest.raises(Rejected, match="磁盘"):
            journal.append(OUTCOME)
        assert freed == [True]
        journal.append(OUTCOME)
    assert (tmp_path / NAME).read_bytes() == whole * 2


STRANGE = {
    "年度": ["二〇二四", True, None, 1.5],
    "错误": ["1", []],
    "主要数": [{"收支总计": "多"}, {"收支总计": 1}, {"收支总计": "NaN"}, []],
    "文件": [{"甲.xlsx": 1}, ["甲.xlsx"]],
    "原因": [5, None],
    "结果": ["好", 1, []],
    "磁盘满": ["否"],
    "秒": ["快", True],
}


@pytest.mark.parametrize(("key", "value"), [(k, v) for k, values in STRANGE.items() for v in values], ids=str)
def test_a_line_with_a_value_of_another_type_is_none_of_ours(tmp_path: Path, key: str, value: object) -> None:
    line = json.loads(OUTCOME.to_line()) | {key: value}
    (tmp_path / NAME).write_text(json.dumps(line) + "\n", encoding="utf-8")
    with closing(opened(tmp_path)) as journal:
        assert list(journal.earlier()) == []


@pytest.mark.parametrize("line", [b"[" * 100_000, b'{"a":' * 100_000, b"1" * 10_000, b"\xff\xfe", b"null"])
def test_a_line_that_no_reader_takes_is_passed_over(tmp_path: Path, line: bytes) -> None:
    (tmp_path / NAME).write_bytes(line + b"\n" + OUTCOME.to_line())
    with closing(opened(tmp_path)) as journal:
        assert [outcome for outcome, _ in journal.earlier()] == [OUTCOME]


def test_names_are_shown_so_that_all_of_them_is_seen() -> None:
    name = b"\xb2\xe2".decode("utf-8", "surrogateescape") + "\x01\u202e\u200b　局\n二"
    assert visible(name) == "\\xb2\\xe2\\u0001\\u202e\\u200b　局\n二"


def listed(*paths: str) -> Inputs:
    inputs = Inputs()
    for path in paths:
        inputs.add(Candidate(path, named=False))
    return inputs


def test_inputs_keep_their_order_and_a_file_counts_once(tmp_path: Path) -> None:
    (tmp_path / "甲.yaml").touch()
    (tmp_path / "又.yaml").symlink_to(tmp_path / "甲.yaml")
    inputs = listed(*(str(tmp_path / name) for name in ("乙.yaml", "甲.yaml", "又.yaml", "乙.yaml")))
    assert [Path(e.path).name for e in inputs.within(State.FOUND)] == ["乙.yaml", "甲.yaml"]


def test_inputs_change_while_they_are_gone_through() -> None:
    inputs = listed(*(f"/{number}" for number in range(1200)))
    for entry in inputs.within(State.FOUND):
        entry.identify(Head(Nature.INPUT, f"局{entry.number % 600}", 2024), read_kind(), holds=False)
    assert (inputs.count(State.FOUND), inputs.count(State.PLANNED), len(inputs)) == (0, 1200, 1200)
    assert sum(len(group) for group in inputs.alike(lambda e: e.key)) == 1200
    assert inputs.alike(lambda e: "") == []


def test_those_that_need_a_person_come_first() -> None:
    ranks = [(6, 0, 0), (3, 1, 0), (6, 0, 2), (3, 5, 0), (0, 1, 0)]
    inputs = listed(*map(str, range(len(ranks))))
    for entry, rank in zip(inputs.within(State.FOUND), ranks, strict=True):
        entry.settle(Line(entry.number, 1), rank)
    assert [entry.number for entry in inputs.settled()] == [4, 3, 1, 2, 0]
