"""Records: what a class that is declared so does, held against the dataclass of the same declaration."""

from __future__ import annotations

import pickle
from dataclasses import FrozenInstanceError, asdict, dataclass, field, fields, replace
from typing import Any, ClassVar

import pytest

from budgetgen.records import is_record, record


@record
class Place:
    file: str
    line: int = 0


@record
class Cell(Place):
    KINDS: ClassVar[tuple[str, ...]] = ("a", "b")

    text: str = ""

    @property
    def words(self) -> str:
        return f"{self.file} {self.text}"


@dataclass(frozen=True, slots=True)
class Same:
    file: str
    line: int = 0
    text: str = ""


@pytest.mark.parametrize("made", [Cell("甲"), Cell("甲", 3, "乙"), Cell(text="丙", file="丁")], ids=repr)
def test_it_is_as_a_dataclass(made: Cell) -> None:
    same = Same(made.file, made.line, made.text)
    assert repr(made) == repr(same).replace("Same", "Cell")
    assert hash(made) == hash(same)
    assert asdict(made) == asdict(same)
    assert [f.name for f in fields(made)] == [f.name for f in fields(same)]
    assert asdict(replace(made, line=7)) == asdict(replace(same, line=7))
    assert made == replace(made) == pickle.loads(pickle.dumps(made))
    assert made != replace(made, text="别的")
    assert made != same  # type: ignore[comparison-overlap]
    match made:
        case Cell(file, line, text):
            assert (file, line, text) == (same.file, same.line, same.text)


def test_it_never_changes_and_takes_only_its_fields() -> None:
    cell: Any = Cell("甲")
    with pytest.raises(FrozenInstanceError):
        cell.file = "乙"
    with pytest.raises(FrozenInstanceError):
        cell.more = 1
    with pytest.raises(FrozenInstanceError):
        del cell.file
    with pytest.raises(TypeError, match="file"):
        Cell()  # type: ignore[call-arg]
    assert not hasattr(cell, "__dict__")
    assert cell.words == "甲 "
    assert is_record(Cell)
    assert not is_record(Same)


def test_what_a_factory_makes_is_its_own() -> None:
    @record
    class Found:
        name: str
        places: list[str] = field(default_factory=list)

    one, other = Found("甲"), Found("乙")
    one.places.append("丙")
    assert (other.places, Found("甲", ["丁"]).places, one) == ([], ["丁"], Found("甲", ["丙"]))


def test_what_a_class_defines_itself_stays() -> None:
    @record
    class Loose:
        name: str
        beside: object = None

        def __eq__(self, other: object) -> bool:
            return isinstance(other, Loose) and self.name == other.name

        def __hash__(self) -> int:
            return hash(self.name)

    assert Loose("甲", 1) == Loose("甲", 2)
    assert len({Loose("甲", 1), Loose("甲", 2)}) == 1
