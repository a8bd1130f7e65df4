"""补充字段: fields that one 版式 declares for itself, made into a model of accounts that holds them under 补充."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import lru_cache
from types import MappingProxyType
from typing import Annotated, Any, Literal, Optional

from budgetgen.model.accounts import Accounts
from budgetgen.model.declarations import (
    CellText,
    Declared,
    Department,
    FunctionalCode,
    Name,
    NextYear,
    Paragraphs,
    Phrase,
    Points,
    Prose,
    Score,
    SignedYuan,
    Takes,
    Yuan,
    declare,
)

EXTRAS = "补充"
"""The section of an input, of the form and of the names in templates that holds them."""
CHOICE = "选项"
KINDS: Mapping[str, Any] = MappingProxyType({
    "金额": Yuan,
    "可负金额": SignedYuan,
    "整数": int,
    "小数": Annotated[Decimal, Score(most=1_000_000_000)],
    "得分": Points,
    "文字": Prose,
    "短语": Phrase,
    "名称": Name,
    "日期": CellText,
    "段落": Paragraphs,
    "功能科目": FunctionalCode,
    CHOICE: None,
})  # fmt: skip
"""What a field of a 版式's own may be → its type; a choice is made of its words."""
_UNITS = {"金额": "元", "可负金额": "元", "整数": "个", "得分": "分"}
_TEXTS = frozenset({"文字", "短语", "名称", "日期", "段落"})


@dataclass(frozen=True, slots=True)
class ExtraField:
    """One field of a 版式's own: `section` is blank where it stands by itself, `words` are those of a choice.

    `carried` says whether it goes into next year as it is; where it `follows` another field of its section, next year
    it takes the amount that stands there this year. `summed` says whether a department's is its units' sum.
    """

    key: str
    kind: str
    section: str = ""
    label: str = ""
    unit: str = ""
    note: str = ""
    words: tuple[str, ...] = ()
    required: bool = False
    carried: bool = False
    follows: str = ""
    summed: bool = False

    @property
    def type(self) -> Any:
        """The type that its values have."""
        return Literal[self.words] if self.kind == CHOICE else KINDS[self.kind]

    @property
    def next_year(self) -> NextYear | Takes:
        """What becomes of it next year."""
        if self.follows:
            return Takes(keys=(self.follows,))
        if self.carried:
            return NextYear.LASTING
        return NextYear.EMPTIED if self.kind in _TEXTS and not self.required else NextYear.ASKED

    @property
    def department(self) -> Department:
        """What it is in a department."""
        if not self.summed:
            return Department.OWN
        return Department.STATED if self.kind == "整数" else Department.SUMMED

    def declared(self) -> Any:
        """Its declaration."""
        return declare(
            self.key,
            label=self.label,
            unit=self.unit or _UNITS.get(self.kind, ""),
            note=self.note,
            optional=not self.required,
            next_year=self.next_year,
            department=self.department,
        )


@lru_cache(maxsize=64)
def accounts_with(fields: tuple[ExtraField, ...]) -> type[Accounts]:
    """The model of accounts that hold `fields` under 补充; the same for the same fields."""
    if not fields:
        return Accounts
    extras = _section(EXTRAS, fields)
    needed = any(one.required for one in fields)
    made = declare(EXTRAS, note="本版式自己的项目", optional=not needed, where="")
    body = {"extras": made, "__annotations__": {"extras": extras if needed else Optional[extras]}}  # noqa: UP045
    made_for: type[Accounts] = _made("Accounts", Accounts, body)
    return made_for


def _section(name: str, fields: Iterable[ExtraField]) -> type[Declared]:
    """A part with `fields`; those of one section stand together where its first one does."""
    body: dict[str, Any] = {}
    kinds: dict[str, Any] = {}
    sections: dict[str, list[ExtraField]] = {}
    for one in fields:
        sections.setdefault(one.section, []).append(one)
        body.setdefault(identifier(one.section or one.key), one)
    for at, one in body.items():
        within = [replace(inner, section="") for inner in sections[one.section]] if one.section else []
        needed = any(inner.required for inner in within or [one])
        body[at] = declare(one.section, optional=not needed) if within else one.declared()
        kind = _section(f"{EXTRAS}_{one.section}", within) if within else one.type
        kinds[at] = kind if needed else Optional[kind]  # noqa: UP045
    made: type[Declared] = _made(name, Declared, {**body, "__annotations__": kinds})
    return made


def _made(name: str, base: type[Any], body: dict[str, Any]) -> Any:
    """A class of the model, whose fields are asked anew and summed where they do not say otherwise."""
    body = {"__doc__": base.__doc__, "__module__": __name__, **body}
    return type(name, (base,), body, next_year=NextYear.ASKED, department=Department.SUMMED)


def identifier(key: str) -> str:
    """The identifier of a field with this key; never one that a part of the model has already."""
    return f"extra_{key}"
