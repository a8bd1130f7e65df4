"""One unit's accounts: frozen, each field declared once with its Chinese name; with the place of every value.

Where the figures of a department come from is told beside them: its units' amounts, and the payments between them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from decimal import Decimal
from types import MappingProxyType
from typing import Any, ClassVar, Literal, NamedTuple, TypeVar

from budgetgen.issues import Issue, SourceRef
from budgetgen.model.declarations import (
    Declared,
    EconomicCode,
    FieldSpec,
    FunctionalCode,
    ListOf,
    Money,
    Name,
    Prose,
    Score,
    Setting,
    SignedYuan,
    TextKind,
    Whole,
    Year,
    Yuan,
    declare,
    fields_of,
)
from budgetgen.model.performance import Evaluation, Performance
from budgetgen.model.sections import (
    ASKED,
    EACH,
    EMPTIED,
    F03,
    KEPT,
    NIL,
    OWN,
    OWN_WORDS,
    SUMMED,
    AgencyRunning,
    ChangeReasons,
    EconomicDetail,
    Festival,
    Line,
    Meetings,
    PriorYear,
    Procurement,
    StateAssets,
    Term,
    ThreePublic,
    Trainings,
    Unit,
    Waiver,
)
from budgetgen.money import Amount
from budgetgen.records import record

PaymentKind = Literal["上级补助", "附属单位上缴", "上缴上级", "对附属单位补助"]
PAID_AS: Mapping[str, str] = MappingProxyType({"上级补助": "对附属单位补助", "附属单位上缴": "上缴上级"})
"""Kinds of revenue from another unit → the kind of expenditure that it is there."""
_HEAD = frozenset(
    {
        "profile",
        "kind",
        "year",
        "money_unit",
        "unit",
        "glossary",
        "stated",
        "prior_file",
        "budget_file",
        "accounts_file",
        "waivers",
        "extras",
        "wording",
    }
)
"""What an input of any kind of packet may hold."""


class InternalPayment(Declared, next_year=ASKED, department=OWN):
    """What a unit received from, or paid to, another unit of its department; both state it."""

    kind: PaymentKind = declare("往来", note="收到的：上级补助、附属单位上缴；付出的：上缴上级、对附属单位补助")
    partner: Name = declare("对方", note="对方单位的全称；是部门本级的，写部门的全称", next_year=EMPTIED)
    code: FunctionalCode = declare("科目", note="记在收支明细里哪个科目（非财政拨款的行）")
    amount: Yuan = declare("金额", unit="元")

    @property
    def column(self) -> str:
        """The path of the amount that it is part of: `收支明细[2010399·非财政拨款].收入.上级补助`."""
        line = Line.item_key({"code": self.code, "fund": "非财政拨款"})
        return f"收支明细[{line}].{'收入' if self.kind in PAID_AS else '支出'}.{self.kind}"


@record
class Share:
    """What one unit gives to an amount of its department.

    `path` and `place` are the unit's own; `parts` are its own units' shares where it is a department itself. One that
    is `offset` is a payment between units that was taken out: it is below zero.
    """

    unit: str
    path: str
    amount: Decimal
    place: SourceRef | None = None
    parts: tuple[Share, ...] = ()
    offset: bool = False


@record
class Payment:
    """A payment as a unit states it: `path` and `place` are where, `column` the amount of a line that it is part of."""

    unit: str
    kind: str
    partner: str
    amount: Amount
    column: str
    path: str
    place: SourceRef | None = None


class Accounts(Declared, next_year=ASKED, department=SUMMED):
    """One unit's year: everything a packet needs. Amounts are in 元."""

    instead: ClassVar[Mapping[str, str]] = {"lines": "evaluation"}

    profile: Setting = declare("版式", default="", note="不填用默认版式", where="", next_year=KEPT, department=OWN)
    kind: Setting = declare(
        "材料", default="", note="做哪种公开材料，如 绩效自评；不填做决算公开", where="", next_year=KEPT, department=OWN
    )
    year: Year = declare("年度", note="决算年度，如 2024", where="", next_year=KEPT, department=OWN, printed=False)
    money_unit: Literal["元", "万元"] = declare(
        "金额单位", note="本文件金额的单位：元或万元", where="", next_year=KEPT, department=OWN
    )
    unit: Unit = declare("单位", where="", next_year=KEPT, department=OWN)
    lines: list[Line] = declare("收支明细", default=[], where="", next_year=EACH)
    non_fiscal_surplus_used: Yuan = declare(
        "使用非财政拨款结余",
        label="使用非财政拨款结余（含专用结余）",
        unit="元",
        default=NIL,
        where="财决01表“使用非财政拨款结余（含专用结余）”行",
    )
    surplus_distribution: SignedYuan = declare("结余分配", unit="元", default=NIL, where="财决01表“结余分配”行")
    internal_payments: list[InternalPayment] = declare(
        "内部往来",
        default=[],
        note="与同一部门其他决算单位之间的收支，部门汇总时抵销；对方也要写",
        where="",
        department=OWN,
        printed=False,
    )
    economic: dict[EconomicCode, SignedYuan] = declare(
        "基本支出经济分类", unit="元", default={}, note="经济分类款（5 位）: 金额", where="财决08-1表各款的栏，合计行"
    )
    economic_detail: list[EconomicDetail] = declare(
        "支出经济分类",
        default=[],
        note="财政拨款支出各项用在哪些款，项目支出也要。填了它，基本支出经济分类可以不填；两样都填的，基本支出可以少填一个科目，由余下的数得出",
        where="一般公共预算：财决08-1、08-2表；政府性基金：财决10表；国有资本经营：财决12表",
    )
    three_public: ThreePublic | None = declare("三公经费", optional=True, where=f"{F03}相关统计数；内容和名单自己写")
    prior_year: PriorYear = declare("上年", default=PriorYear(), where="")
    agency_running: AgencyRunning | None = declare("机关运行经费", optional=True, where="")
    meetings: Meetings | None = declare("会议费", optional=True, where="")
    trainings: Trainings | None = declare("培训费", optional=True, where="")
    festivals: list[Festival] | None = declare("节庆活动", optional=True, note="没有填“无”", where="")
    procurement: Procurement | None = declare("政府采购", optional=True, where=f"{F03}政府采购支出信息")
    assets: StateAssets | None = declare("国有资产", optional=True, where=f"{F03}国有资产占用情况")
    performance: Performance | None = declare("预算绩效", optional=True, where="绩效自评报告和自评表")
    evaluation: Evaluation | None = declare(
        "绩效自评",
        optional=True,
        note="第五部分附件：自评报告和自评表",
        where="绩效目标申报表和自评报告",
        department=OWN,
    )
    reasons: ChangeReasons = declare("变动原因", default=ChangeReasons(), where=OWN_WORDS, department=OWN)
    glossary: list[Term] | None = declare(
        "名词解释", optional=True, note="不填用版式的固定解释", where="", next_year=KEPT, department=OWN
    )
    stated: dict[Prose, SignedYuan] = declare(
        "数字核定",
        unit="元",
        default={},
        note="指标名: 核定的数（尾差以它为准）",
        where="财政批复的决算表；与各部分之和只差尾数时才填",
        next_year=EMPTIED,
        department=OWN,
    )
    prior_file: Setting = declare(
        "上年文件",
        default="",
        note="上年的数据文件，如 ../2023/unit.yaml，用来核对上年数",
        where="",
        next_year=EMPTIED,
        department=OWN,
    )
    budget_file: Setting = declare(
        "预算文件",
        default="",
        note="做决算、采购意向时填：当年部门预算的数据文件或公开的文件，用来核对",
        where="",
        next_year=EMPTIED,
        department=OWN,
    )
    accounts_file: Setting = declare(
        "决算文件",
        default="",
        note="做部门预算时填：上年决算的数据文件或公开的文件，用来核对上年执行数",
        where="",
        next_year=EMPTIED,
        department=OWN,
    )
    waivers: list[Waiver] = declare(
        "豁免", default=[], note="经核对不用改的问题，仍列在检查报告里", where="", department=OWN, printed=False
    )

    @classmethod
    def excused(cls, name: str, values: Mapping[str, Any]) -> bool:
        """The lines of a department are those of its units."""
        unit = values.get("unit")
        return name == "lines" and (bool(values.get("kind")) or (isinstance(unit, Unit) and unit.names_inputs))

    @property
    def sections_told(self) -> frozenset[str]:
        """The sections, by their keys, that the input tells anything in; what heads every input is none."""
        said = ((name, field) for name, field in self.declared.items() if name not in _HEAD)
        return frozenset(field.key for name, field in said if getattr(self, name) != field.fresh())


for _name, _said in Accounts.declared.items():
    if _said.where is None:
        raise TypeError(f"Accounts.{_name}: declare where it is found (where=), blank where that is said by no table")

HEAD_KEYS = frozenset(Accounts.declared[name].key for name in _HEAD & set(Accounts.declared))


def narrowed(model: type[Accounts], sections: frozenset[str]) -> type[Accounts]:
    """The model as a form, guide or schema shows it that asks for these sections alone; without any, the whole model.

    What heads every input stays. Nothing is read into it.
    """
    if not sections:
        return model
    shown: type[Accounts] = type(model.__name__, (model,), {"__doc__": model.__doc__})
    kept = {n: said for n, said in model.declared.items() if n in _HEAD or said.key in sections}
    shown.declared = MappingProxyType(kept)
    shown.instead = {name: other for name, other in model.instead.items() if {name, other} <= kept.keys()}
    return shown


@record
class Loaded:
    """Accounts as read: with the place of every value and what the reader noticed.

    `pending` are paths that still say 【待填写】, or that the file cannot tell: what stands there is a stand-in or nothing.
    `blanks` are the cells of a form that are left blank, by the path of what would stand there.
    Of a department that was summed, `shares` tells whose amounts stand under a path, and `payments` what its units
    state of payments to and from units outside of it.
    """

    accounts: Accounts
    sources: Mapping[str, SourceRef] = field(default_factory=dict)
    issues: tuple[Issue, ...] = ()
    shares: Mapping[str, tuple[Share, ...]] = field(default_factory=dict)
    payments: tuple[Payment, ...] = ()
    pending: tuple[str, ...] = ()
    blanks: Mapping[str, SourceRef] = field(default_factory=dict)

    def place(self, path: str) -> SourceRef | None:
        """Where the value of `path` stands or would stand, or the nearest part around it that has a place."""
        while path and path not in self.sources and path not in self.blanks:
            path = _parent(path)
        return self.sources.get(path) or self.blanks.get(path)

    @property
    def stated_payments(self) -> tuple[Payment, ...]:
        """What the input states of payments between units, each with the amount that it is part of."""
        unit = self.accounts.unit.name
        paths = (entry_path("内部往来", str(n)) for n, _ in enumerate(self.accounts.internal_payments, 1))
        stated = zip(paths, self.accounts.internal_payments, strict=True)
        return tuple(Payment(unit, s.kind, s.partner, s.amount, s.column, at, self.place(at)) for at, s in stated)


_Part = TypeVar("_Part", bound=Declared)


def _parent(path: str) -> str:
    cut = max(path.rfind("."), path.rfind("["))
    return path[:cut] if cut > 0 else ""


def child_path(path: str, key: str) -> str:
    """`收支明细[2013102]` and `支出` → `收支明细[2013102].支出`."""
    return f"{path}.{key}" if path else key


def item_path(path: str, index: int, item: object) -> str:
    """The path of one of a list's items: by its own key where it has one, else counted from 1."""
    key = item.key if isinstance(item, Declared) else ""
    return entry_path(path, key or str(index + 1))


def entry_path(path: str, key: str) -> str:
    """`收支明细` and `2013102` → `收支明细[2013102]`."""
    return f"{path}[{key}]"


class Held(NamedTuple):
    """One value that a part holds: `spec` is the declaration of the field that it, or the list it is in, stands in."""

    path: str
    spec: FieldSpec
    value: object


def values_in(part: Declared, path: str = "") -> list[Held]:
    """Every value in `part`, in order as declared, lists item by item, tables whole; what is not stated is left out."""
    found: list[Held] = []
    _hold(part, f"{path}." if path else "", found)
    return found


_latest: tuple[Accounts | None, Sequence[Held]] = (None, ())


def all_values(accounts: Accounts) -> Sequence[Held]:
    """`values_in` the accounts of a unit, walked through once: its texts are gathered from them, and what is printed nowhere."""
    global _latest  # noqa: PLW0603 - a memory of one
    kept, values = _latest
    if kept is not accounts:
        values = values_in(accounts)
        _latest = accounts, values
    return values


def _hold(part: Declared, before: str, found: list[Held]) -> None:
    values = vars(part)
    for key, spec in fields_of(type(part)).items():
        value = values[spec.name]
        for at, one in _items(f"{before}{key}", value) if isinstance(value, list) else ((f"{before}{key}", value),):
            if isinstance(one, Declared):
                _hold(one, f"{at}.", found)
            elif one is not None:
                found.append(Held(at, spec, one))


def _items(path: str, items: Sequence[object]) -> Iterator[tuple[str, object]]:
    return ((item_path(path, index, item), item) for index, item in enumerate(items))


def specs_along(model: type[Declared], keys: Sequence[str]) -> Iterator[FieldSpec]:
    """The declarations that `keys` lead through, from `model` on; KeyError where one is not declared."""
    part: type[Declared] | None = model
    for key in keys:
        if part is None:
            raise KeyError(key)
        spec = fields_of(part)[key]
        yield spec
        part = spec.part


def with_value(part: _Part, path: str, value: object) -> _Part:
    """`part` with `value` at a path (`收支明细[2013102].年初预算`); as it is where a part on the way is not stated.

    KeyError where something on the way is not declared, or a list has no such item.
    """
    step, _, rest = path.partition(".")
    key, _, item = step.partition("[")
    spec = fields_of(type(part))[key]
    own = getattr(part, spec.name)
    if item:
        rows = {item_path(key, n, row): n for n, row in enumerate(own or ())}
        number = rows[step]
        own = [*own[:number], with_value(own[number], rest, value), *own[number + 1 :]]
    elif not rest:
        own = value
    elif isinstance(own, Declared):
        own = with_value(own, rest, value)
    return part.replaced(**{spec.name: own})


def spec_at(model: type[Declared], path: str) -> FieldSpec:
    """The declaration that a path leads to. KeyError: there is none."""
    keys = [step.partition("[")[0] for step in path.split(".")]
    return [*specs_along(model, keys)][-1]


def found_in(model: type[Declared], keys: Sequence[str]) -> str:
    """Where the field under `keys` is found in the accounting system: as it says, else the nearest section around it."""
    said = [spec.where for spec in specs_along(model, keys) if spec.where is not None]
    return said[-1] if said else ""


def is_printed(model: type[Declared], keys: Sequence[str]) -> bool:
    """Whether the field under `keys` is there to be printed: not one that says what others mean, or that serves checks."""
    specs = list(specs_along(model, keys))
    shape = specs[-1].shape.item if isinstance(specs[-1].shape, ListOf) else specs[-1].shape
    shown = isinstance(shape, (Money, Whole, Score)) or specs[-1].text not in (None, TextKind.SETTING)
    return shown and all(spec.printed for spec in specs)


def value_at(part: Declared, keys: Sequence[str]) -> object:
    """What stands under `keys`, which lead through sections only; None where a section on the way is not stated."""
    value: object = part
    for spec in specs_along(type(part), keys):
        value = getattr(value, spec.name) if value is not None else None
    return value
