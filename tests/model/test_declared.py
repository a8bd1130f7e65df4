"""Parts of the model: what a declaration makes of them, and that what the reader binds is what was declared."""

from __future__ import annotations

import pickle
import types
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

import pytest

from budgetgen.model import Accounts, Amount, Declared
from budgetgen.model.accounts import found_in, values_in
from budgetgen.model.declarations import Department, NextYear, Prose, Yuan, declare
from budgetgen.reading import load

ROOT = Path(__file__).parent.parent.parent
FILES = sorted([*ROOT.glob("examples/*/unit.yaml"), *ROOT.glob("tests/cases/*.yaml")])


class Small(Declared, next_year=NextYear.ASKED, department=Department.OWN):
    name: Prose = declare("名称")
    amount: Yuan | None = declare("金额", unit="元", optional=True)


class Larger(Small, next_year=NextYear.ASKED, department=Department.OWN):
    parts: list[Small] = declare("部分", default=[])
    first: Small = declare("首项", default=Small(name="甲"))


def test_what_is_left_out_has_its_default() -> None:
    part = Larger(name="乙")
    assert vars(part) == {"name": "乙", "amount": None, "parts": [], "first": Small(name="甲")}
    assert part.parts is not Larger(name="乙").parts


@pytest.mark.parametrize("values", [{}, {"amount": Amount(1)}, {"name": "甲", "names": "乙"}, {"名称": "甲"}])
def test_only_the_declared_fields_make_a_part(values: dict[str, object]) -> None:
    with pytest.raises(TypeError):
        Small(**values)


def test_a_part_is_a_value() -> None:
    part = Small(name="甲", amount=Amount("1.5"))
    for change in (lambda: setattr(part, "name", "乙"), lambda: delattr(part, "name")):
        with pytest.raises(AttributeError):
            change()
    assert part == Small(name="甲", amount=Amount("1.50")) != part.replaced(name="乙")
    assert Small(name="甲") != Larger(name="甲")
    assert pickle.loads(pickle.dumps(part)) == part
    assert repr(part) == "Small(name='甲', amount=Decimal('1.5'))"


def holds(kind: Any, value: object) -> bool:
    """Whether `value` is of the declared type, through and through; written apart from the reader's own notion of it."""
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is Annotated:
        return holds(arguments[0], value)
    if origin in (Union, types.UnionType):
        return any(holds(a, value) for a in arguments)
    if origin is Literal:
        return value in arguments
    if origin is list:
        return type(value) is list and all(holds(arguments[0], v) for v in value)
    if origin is dict:
        return type(value) is dict and all(holds(arguments[0], k) and holds(arguments[1], v) for k, v in value.items())
    if issubclass(kind, Declared):
        kinds = get_type_hints(kind, include_extras=True)
        return type(value) is kind and all(holds(kinds[n], getattr(value, n)) for n in kind.declared)
    return isinstance(value, Decimal) if kind is Decimal else type(value) is kind


@pytest.mark.parametrize("path", FILES, ids=lambda p: f"{p.parent.name}-{p.stem}")
def test_bound_accounts_hold_what_is_declared(path: Path) -> None:
    accounts = load(path).accounts
    kind = type(accounts)  # that of the file's kind of packet, with its own fields
    assert issubclass(kind, Accounts)
    assert holds(kind, accounts)
    assert not holds(kind, accounts.replaced(year="2024"))
    assert not holds(kind, accounts.replaced(unit=accounts.unit.replaced(duties=[1])))


@pytest.mark.parametrize(
    ("answers", "asked"),
    [
        ({}, "Part.name: declare what becomes of it next year"),
        ({"department": Department.OWN}, "Part.name: declare what becomes of it next year"),
        ({"next_year": NextYear.KEPT}, "Part.name: declare what it is in a department"),
    ],
)
def test_a_field_without_an_answer_is_no_field(answers: dict[str, Any], asked: str) -> None:
    with pytest.raises(TypeError, match=asked):
        type("Part", (Declared,), {"name": declare("名称", **answers)})


def test_a_field_says_more_than_its_class() -> None:
    part = type(
        "Part",
        (Declared,),
        {"name": declare("名称"), "reason": declare("原因", next_year=NextYear.EMPTIED)},
        next_year=NextYear.KEPT,
        department=Department.OWN,
    )
    assert [said.next_year for said in part.declared.values()] == [NextYear.KEPT, NextYear.EMPTIED]


def test_where_a_field_is_found_is_said_by_it_or_by_what_it_is_in() -> None:
    assert found_in(Accounts, ["会议费", "合计"]).startswith("会议费的账")
    assert found_in(Accounts, ["政府采购", "中小企业", "货物"]) == found_in(Accounts, ["政府采购"])
    assert found_in(Accounts, ["单位", "名称"]) == ""


def test_the_walk_gives_every_value_with_its_path_and_declaration() -> None:
    part = Larger(name="乙", parts=[Small(name="丙", amount=Amount(5))])
    held = [(h.path, h.spec.key, h.value) for h in values_in(part)]
    assert held == [
        ("名称", "名称", "乙"),
        ("部分[1].名称", "名称", "丙"),
        ("部分[1].金额", "金额", Amount(5)),
        ("首项.名称", "名称", "甲"),
    ]
