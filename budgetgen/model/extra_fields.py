"""补充字段: fields that one 版式 or one kind of packet declares for itself, made into a model of accounts.

Those of a 版式 stand under 补充, those of a kind at the top beside 单位.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from decimal import Decimal
from functools import lru_cache
from types import MappingProxyType
from typing import Annotated, Any, Literal, Optional

from budgetgen.model.accounts import Accounts
from budgetgen.model.declarations import (
    CellText,
    Declared,
    Department,
    EconomicCode,
    FunctionalCode,
    Name,
    NextYear,
    Paragraphs,
    Phrase,
    Points,
    Prose,
    Reason,
    Score,
    SignedYuan,
    Takes,
    Yuan,
    declare,
)
from budgetgen.model.sections import NIL
from budgetgen.records import record

EXTRAS = "补充"
"""The section of an input, of the form and of the names in templates that holds them."""
WORDING = "用词"
"""The section of an input that holds what a unit words otherwise than its 版式 does."""
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
    "原因": Reason,
    "功能科目": FunctionalCode,
    "经济科目": EconomicCode,
    CHOICE: None,
})  # fmt: skip
"""What a field of a 版式's own may be → its type; a choice is made of its words."""
_UNITS = {"金额": "元", "可负金额": "元", "整数": "个", "得分": "分"}
_TEXTS = frozenset({"文字", "短语", "名称", "日期", "段落", "原因"})
_CODES = frozenset({"功能科目", "经济科目"})
"""Digits that look like a year and are none."""
LISTED = "[]"
"""Behind the name of a section: it is a list, and each of its items has the fields."""


@record
class ExtraField:
    """One field of a 版式's or a kind's own: `words` are those of a choice.

    `section` leads to it (`三公.接待费`, `项目[]` where there are several), and is blank where it stands by itself.
    `carried` says whether it goes into next year as it is; where it `follows` another field of its section, next year
    it takes the amount that stands there this year. `summed` says whether a department's is its units' sum. A blank amount is 0 where it is `zero`.
    """

    key: str
    kind: str
    section: str = ""
    label: str = ""
    unit: str = ""
    note: str = ""
    words: tuple[str, ...] = ()
    required: bool = False
    zero: bool = False
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
            return NextYear.KEPT if self.kind in _CODES else NextYear.LASTING
        return NextYear.EMPTIED if self.kind in _TEXTS and not self.required else NextYear.ASKED

    @property
    def department(self) -> Department:
        """What it is in a department."""
        if not self.summed:
            return Department.OWN
        return Department.STATED if self.kind == "整数" else Department.SUMMED

    def declared(self, where: str | None = None) -> Any:
        """Its declaration."""
        return declare(
            self.key,
            label=self.label,
            unit=self.unit or _UNITS.get(self.kind, ""),
            note=self.note,
            **({"default": NIL} if self.zero else {"optional": not self.required}),
            next_year=self.next_year,
            department=self.department,
            where=where,
        )


@record
class OpenSetting:
    """A setting of wording that units may set: `name` is it, or an entry of it (`千分位.总体`); word → value of each choice."""

    name: str
    choices: tuple[tuple[str, str], ...]
    note: str = ""

    @property
    def path(self) -> str:
        """Where an input says it."""
        return f"{WORDING}.{self.name}"

    @property
    def field(self) -> ExtraField:
        """The field that an input says it in."""
        section, _, key = self.path.rpartition(".")
        words = tuple(word for word, _ in self.choices)
        listed = "选" + "".join(f"“{word}”" for word in words)
        note = f"{self.note}；{listed}" if self.note else listed
        return ExtraField(key, CHOICE, section, note=note, words=words, carried=True)


@lru_cache(maxsize=64)
def accounts_with(
    fields: tuple[ExtraField, ...], own: tuple[ExtraField, ...] = (), wording: tuple[OpenSetting, ...] = ()
) -> type[Accounts]:
    """The model of accounts that hold `fields` under 补充, `own` at the top and `wording` under 用词; the same for the same fields."""
    if not fields and not own and not wording:
        return Accounts
    within = [replace(one, section=f"{EXTRAS}.{one.section}".rstrip(".")) for one in fields]
    body = _body("", [*own, *within, *(one.field for one in wording)], where="")
    made_for: type[Accounts] = _made("Accounts", Accounts, body)
    return made_for


def fitted(accounts: Accounts, model: type[Accounts]) -> Accounts:
    """`accounts` as `model` has them, whose further fields they do not tell; as they are where it lacks some, or needs more."""
    values, declared = vars(accounts), model.declared
    needed = any(field.required and name not in values for name, field in declared.items())
    return accounts if needed or not values.keys() < declared.keys() else model(**values)


def tops(own: Iterable[ExtraField]) -> frozenset[str]:
    """The keys at the top of an input that a kind's own fields stand under."""
    return frozenset((one.section.partition(".")[0] or one.key).removesuffix(LISTED) for one in own)


_APART = {EXTRAS: "extras", WORDING: "wording"}
"""What an input of any kind of packet may hold, by identifier."""
_NOTES = {EXTRAS: "本版式自己的项目", WORDING: "与版式不同的用词，一项一个词；都照版式的不填"}


def _body(name: str, fields: Iterable[ExtraField], where: str | None = None) -> dict[str, Any]:
    """The declarations of `fields` and their types; those of one section stand together where its first one does."""
    sections: dict[str, list[ExtraField]] = {}
    for one in fields:
        sections.setdefault(one.section.partition(".")[0] or f".{one.key}", []).append(one)
    body: dict[str, Any] = {}
    kinds: dict[str, Any] = {}
    for section, held in sections.items():
        if section.startswith("."):
            at, made, kind = held[0].key, held[0].declared(where), held[0].type
            kind = kind if held[0].required or held[0].zero else Optional[kind]  # noqa: UP045 - the type is a value here
        else:
            at, made, kind = _section(section, name, tuple(held), where)
        name_in = _APART.get(at, identifier(at)) if not name else identifier(at)
        body[name_in], kinds[name_in] = made, kind
    return {**body, "__annotations__": kinds}


@lru_cache(maxsize=1024)  # parts of two models are equal where they are made of the same fields
def _section(section: str, above: str, held: tuple[ExtraField, ...], where: str | None) -> tuple[str, Any, Any]:
    """The key, declaration and type of a section, or of a list whose items have the fields."""
    key = section.removesuffix(LISTED)
    within = [replace(one, section=one.section.partition(".")[2]) for one in held]
    needed = any(one.required for one in within if LISTED not in one.section)  # a list may have no items
    name = f"{above}_{key}".lstrip("_")
    part = _made(name, Declared, _body(name, within))
    note = _NOTES.get(key, "") if not above else ""
    if section.endswith(LISTED):
        lasting = any(one.carried or one.follows for one in held)
        next_year = NextYear.EACH if lasting else NextYear.ASKED
        if above == EXTRAS:  # what only this 版式 prints is asked for where it does
            made = declare(key, note=note, optional=True, where=where, next_year=next_year)
            return key, made, Optional[list[part]]  # type: ignore[valid-type]  # noqa: UP045 - the type is a value here
        return key, declare(key, note=note, default=[], where=where, next_year=next_year), list[part]  # type: ignore[valid-type]
    if all(one.zero for one in held) or (key == EXTRAS and not above and not needed):
        return key, declare(key, note=note, default=part(), where=where), part
    made = declare(key, note=note, optional=not needed, where=where)
    return key, made, part if needed else Optional[part]  # noqa: UP045 - the type is a value here


def _made(name: str, base: type[Any], body: dict[str, Any]) -> Any:
    """A class of the model, whose fields are asked anew and summed where they do not say otherwise."""
    body = {"__doc__": base.__doc__, "__module__": __name__, **body}
    return type(name, (base,), body, next_year=NextYear.ASKED, department=Department.SUMMED)


def identifier(key: str) -> str:
    """The identifier of a field with this key; never one that a part of the model has already."""
    return f"extra_{key}"
