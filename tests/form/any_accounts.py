"""Any accounts that a file can hold, made from the declarations."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from budgetgen.classification import BASIC_CLASSES, read_classification
from budgetgen.model import Accounts, Amount, Declared
from budgetgen.model.declarations import (
    Choice,
    Code,
    Lines,
    ListOf,
    Money,
    Score,
    Section,
    Shape,
    TableOf,
    Text,
    Whole,
    fields_of,
)
from budgetgen.model.sections import FISCAL_FUNDS, Expenditure, Line, Revenue
from budgetgen.money import plain_text

CODES = read_classification(2024)
ITEMS = sorted(c for c in CODES.functional if len(c) == 7 and c[:5] in CODES.functional)
CLASSES = sorted(c for c in CODES.functional if len(c) == 3)
SECTIONS = sorted(c for c in CODES.economic if len(c) == 5 and c[:3] in BASIC_CLASSES)
TEXTS = (
    st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1, max_size=20)
    | st.sampled_from(
        ["=1+1", "#N/A", "甲：乙", "a: b # c", "第一段\n\n第二段", "_x000D_", "0123", "0", "-", "'", "是", "null"]
    )
).map(str.strip)
TEXTS = TEXTS.filter(lambda t: t and not t.startswith("【待填写") and not any(c in t for c in "\ufffe\uffff\ufeff"))
TEXTS = TEXTS.map(lambda t: t.rstrip("。；，、;,").strip()).filter(lambda t: t not in ("", "无"))
"""What reading gives: without blanks around it, and without the mark that a phrase loses."""


def amounts(unit: str, *, signed: bool) -> st.SearchStrategy[Amount]:
    places = 2 if unit == "元" else 6
    least = Decimal(-(10**9)) if signed else Decimal(0)
    numbers = st.integers(0, places).flatmap(lambda p: st.decimals(least, 10**13 if p < 3 else 10**9, places=p))
    return numbers.map(lambda n: Amount(n) if unit == "元" else Amount.from_wan_yuan(n)).map(
        lambda a: a or Amount(0)  # -0 is 0
    )


def values(shape: Shape, unit: str) -> st.SearchStrategy[Any]:  # noqa: C901, PLR0912 - one case per shape
    match shape:
        case Text(phrase=True):
            return TEXTS.filter(lambda t: "\n" not in t)  # it stands inside a sentence, on one line
        case Text(sentence=True):
            return TEXTS.map(lambda t: f"{t}。")
        case Text():
            return TEXTS
        case Lines():
            return st.lists(TEXTS.filter(lambda t: len(t.splitlines()) == 1), max_size=3)
        case Code():
            return st.sampled_from(CLASSES)
        case Choice(words):
            return st.sampled_from(words)
        case Whole(least, most):
            return st.integers(least, most)
        case Money(signed):
            return amounts(unit, signed=signed)
        case Score(most, places):
            return st.decimals(0, most, places=places).map(lambda d: Decimal(plain_text(d, strip_zeros=True)))
        case Section(model):
            return sections(model, unit)
        case ListOf(Section(model)):
            return st.lists(items(model, unit), max_size=3, unique_by=lambda i: i.key or id(i))
        case ListOf(item):
            return st.lists(values(item, unit), max_size=3)
        case TableOf(Code(), value):
            return st.dictionaries(st.sampled_from(SECTIONS), values(value, unit), max_size=4)
        case TableOf(_, value):
            return st.dictionaries(TEXTS, values(value, unit), max_size=3)


def items(model: type[Declared], unit: str) -> st.SearchStrategy[Declared]:
    """An item of a list: one that stands for a text has one, one that has a key has one that says something."""
    drawn = sections(model, unit)
    if model.short:
        drawn = drawn.filter(lambda item: any(getattr(item, n) != d.fresh() for n, d in model.declared.items()))
    return drawn.filter(lambda item: item.key) if model.identity else drawn


@st.composite
def sections(draw: st.DrawFn, model: type[Declared], unit: str) -> Declared:
    """A section: its required fields, and some of the others."""
    given = {
        spec.name: draw(values(spec.shape, unit))
        for spec in fields_of(model).values()
        if spec.required or draw(st.booleans())
    }
    return model(**given)


@st.composite
def lines(draw: st.DrawFn, unit: str) -> list[Line]:
    codes = draw(st.lists(st.sampled_from(ITEMS), unique=True, max_size=4))
    made = []
    for code in codes:
        line = draw(sections(Line, unit))
        own = {"code": code, "class_name": "", "section_name": "", "item_name": ""}
        if line.fund in FISCAL_FUNDS:
            own |= {
                "revenue": Revenue(fiscal_appropriation=line.revenue.fiscal_appropriation),
                "expenditure": Expenditure(basic=line.expenditure.basic, project=line.expenditure.project),
            }
        else:
            own |= {
                "revenue": line.revenue.replaced(fiscal_appropriation=Amount(0)),
                "fiscal_split": None,
            }
        made.append(line.replaced(**own))
    return made


@st.composite
def accounts(draw: st.DrawFn) -> Accounts:
    unit = draw(st.sampled_from(["元", "万元"]))
    drawn = draw(sections(Accounts, unit))
    return drawn.replaced(money_unit=unit, year=2024, lines=draw(lines(unit)))
