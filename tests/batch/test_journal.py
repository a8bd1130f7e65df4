"""outcomes.jsonl: what is read is what was written, torn lines, a full disk; the ledger beside it."""

from __future__ import annotations

import errno
from contextlib import closing
from pathlib import Path

import pytest

from budgetgen.batch.journal import NAME, Journal
from budgetgen.batch.ledger import FOUND, PLANNED, Ledger, Line
from budgetgen.batch.outcome import Ending, Outcome

OUTCOME = Outcome(
    "/数据/甲/unit.yaml", Ending.FINAL, "=原因\n两行", "甲局", 2024, "standard", 0, 1, 2, {"收支总计": "12.5"}, "甲局-2024",
    {"甲.xlsx": "ab"}, "检查报告/甲局-2024.html", "", {"数据": "cd"}, 0.25,
)  # fmt: skip


def no_room() -> bool:
    return False


def opened(folder: Path, *, resume: bool = True) -> Journal:
    return Journal(folder / NAME, resume=resume, make_room=no_room)


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
    journal = Journal(tmp_path / NAME, resume=False, make_room=lambda: not freed and not freed.append(True))
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
        with pytest.raises(OSError, match="No space"):
            journal.append(OUTCOME)
        assert freed == [True]
        journal.append(OUTCOME)
    assert (tmp_path / NAME).read_bytes() == whole * 2


def test_the_ledger_keeps_the_order_and_counts_a_file_once(tmp_path: Path) -> None:
    (tmp_path / "甲.yaml").touch()
    (tmp_path / "又.yaml").symlink_to(tmp_path / "甲.yaml")
    with closing(Ledger()) as ledger:
        for name in ("乙.yaml", "甲.yaml", "又.yaml", "乙.yaml"):
            ledger.add(str(tmp_path / name), named=False)
        assert [Path(e.path).name for e in ledger.entries(FOUND)] == ["乙.yaml", "甲.yaml"]


def test_the_ledger_goes_on_while_what_it_gives_changes() -> None:
    with closing(Ledger()) as ledger:
        for number in range(1200):
            ledger.add(f"/{number}", named=True)
        for entry in ledger.entries(FOUND):
            ledger.identify(entry.id, f"局{entry.id % 600}", 2024, f"F{entry.id}", f"f{entry.id}", holds=False)
        assert (ledger.count(FOUND), ledger.count(PLANNED), ledger.count()) == (0, 1200, 1200)
        assert sum(len(group) for group in ledger.repeated_units()) == 1200
        assert list(ledger.shared_folders()) == []


def test_those_that_need_a_person_come_first() -> None:
    with closing(Ledger()) as ledger:
        ranks = [(6, 0, 0), (3, 1, 0), (6, 0, 2), (3, 5, 0), (0, 1, 0)]
        for number in range(len(ranks)):
            ledger.add(f"/{number}", named=True)
        for entry, rank in zip(ledger.entries(FOUND), ranks, strict=True):
            ledger.settle(entry.id, Line(entry.id, 1), rank)
        assert [line.place for line in ledger.settled()] == [5, 4, 2, 3, 1]


def test_of_an_earlier_run_the_last_word_counts(tmp_path: Path) -> None:
    with closing(Ledger()) as ledger:
        ledger.remember("/甲", Line(0, 5))
        ledger.remember("/甲", Line(5, 7))
        assert ledger.remembered("/甲") == Line(5, 7, kept=True)
        assert ledger.remembered("/乙") is None
