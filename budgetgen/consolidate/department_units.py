"""The units that a department's input names, each found, read once, of the same year, in no circle; and 内部往来 between them.

Payments between two units are taken out where both sides state the same: 上级补助收入 of one unit is 对附属单位补助支出 of
another, 附属单位上缴收入 is 上缴上级支出.
"""

from __future__ import annotations

import os.path
import posixpath
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path, PurePosixPath, PureWindowsPath

from budgetgen.issues import Issue, Level, Rejected, SourceRef
from budgetgen.model import Accounts, Loaded, Payment, Share, child_path, entry_path
from budgetgen.model.accounts import PAID_AS
from budgetgen.model.sections import Unit
from budgetgen.money import YUAN_PER_WAN, ZERO, plain_text
from budgetgen.records import record

UNREAD, OTHER_YEAR, TWICE, CYCLE, INCOMPLETE = "DEPT-001", "DEPT-002", "DEPT-003", "DEPT-004", "DEPT-005"
FAULTY_UNIT, DRAFT_UNIT, OTHER_NAME = "DEPT-006", "DEPT-007", "DEPT-008"
STATED, UNKNOWN, LONE_LINE, TWO_NAMES = "DEPT-009", "DEPT-010", "DEPT-011", "DEPT-012"
DISAGREED, UNSETTLED, PRIOR_SUM = "DEPT-013", "DEPT-014", "DEPT-015"
UNITS, OWN_FILE = "单位.决算单位", "单位.本级数据"
"""Where a department names its units' inputs, and that of its own 本级."""
MOST_LEVELS = 5
"""Departments within departments, the outermost counted."""
_INPUTS = (".yaml", ".yml", ".xlsx")
_RECEIVED_AS = {paid: received for received, paid in PAID_AS.items()}
_REVENUE = {"上级补助": "superior_subsidy", "附属单位上缴": "subordinate_remittance"}
_SPENDING = {"对附属单位补助": "to_subordinates", "上缴上级": "to_superior"}
_LABELS = {
    "上级补助": "上级补助收入",
    "附属单位上缴": "附属单位上缴收入",
    "对附属单位补助": "对附属单位补助支出",
    "上缴上级": "上缴上级支出",
}
TakenOut = Mapping[tuple[str, str], Sequence[Payment]]
"""(a unit's `at`, the path of an amount of its) → the payments that are no part of the department's."""


@dataclass(frozen=True)
class Part:
    """One unit of a department: `at` is the path of its 数据 in the department's input, `name` its name there.

    `own` is the department's own 本级. `stopping` are the errors that keep its own packet from being written; `draft`
    says that its packet would be one. `files` are all inputs that were read for it.
    """

    name: str
    at: str
    loaded: Loaded
    own: bool = False
    stopping: tuple[Issue, ...] = ()
    draft: bool = False
    files: frozenset[Path] = frozenset()

    @property
    def names(self) -> frozenset[str]:
        """The names under which other units may speak of it."""
        unit = self.loaded.accounts.unit
        below = {u.name for u in unit.subordinates or ()}
        return frozenset({self.name, unit.name, *below, *(p.unit for p in self.payments)})

    @property
    def payments(self) -> tuple[Payment, ...]:
        """What it states of payments to and from others; of a department, what is not settled within it."""
        if self.loaded.accounts.unit.names_inputs:
            return self.loaded.payments
        return self.loaded.stated_payments

    def share(self, path: str, amount: Decimal) -> Share:
        """What it gives to the amount under `path`."""
        unit, loaded = self.loaded.accounts.unit, self.loaded
        return Share(unit.name, path, amount, loaded.place(path), loaded.shares.get(path, ()))

    def issues(self, department: Loaded) -> Iterator[Issue]:
        """What the department is told of its unit: errors, gaps, another name."""
        place, unit = department.place(self.at), self.loaded.accounts.unit
        if self.stopping:
            more = f"，共 {len(self.stopping)} 个" if len(self.stopping) > 1 else ""
            cause = f"{unit.name} 的数据有错误{more}：{self.stopping[0]}"
            yield Issue(FAULTY_UNIT, Level.ERROR, cause, "先改好这个单位的数据。", self.at, place)
        if self.draft:
            cause = f"{unit.name} 还有没填的内容，只能生成草稿。"
            yield Issue(DRAFT_UNIT, Level.WARNING, cause, "先填好这个单位的数据。", self.at, place)
        if not self.own and self.name != unit.name:
            cause = f"这里写作“{self.name}”，它的数据里是“{unit.name}”。"
            yield Issue(OTHER_NAME, Level.WARNING, cause, "改成同一个全称。", self.at, place)


def renamed(loaded: Loaded, folder: str) -> Loaded:
    """The same unit with all its places told from the department's folder: `../某站/unit.yaml`."""
    return replace(
        loaded,
        sources={path: _moved(ref, folder) for path, ref in loaded.sources.items()},
        shares={path: tuple(_share(s, folder) for s in shares) for path, shares in loaded.shares.items()},
        payments=tuple(replace(p, place=_moved(p.place, folder) if p.place else None) for p in loaded.payments),
    )


def retold(issue: Issue, folder: str) -> Issue:
    """A unit's issue with its place told from the department's folder."""
    return replace(issue, place=_moved(issue.place, folder)) if issue.place else issue


def _share(share: Share, folder: str) -> Share:
    place = _moved(share.place, folder) if share.place else None
    return replace(share, place=place, parts=tuple(_share(s, folder) for s in share.parts))


def _moved(ref: SourceRef, folder: str) -> SourceRef:
    if not folder or PureWindowsPath(ref.file).anchor or ref.file.startswith("/"):
        return ref
    return ref._replace(file=posixpath.normpath(f"{folder}/{ref.file}"))


@record
class Reading:
    """A unit's input as it was read: `loaded` is None where it could not be. `files` are all that were read for it."""

    loaded: Loaded | None
    issues: tuple[Issue, ...] = ()
    draft: bool = False
    files: frozenset[Path] = frozenset()


Read = Callable[[Path, tuple[Path, ...]], Reading]
"""Reads the input at a path, given the departments that it is a part of, the outermost first."""


@record
class _NamedInput:
    """One input as the department names it."""

    name: str
    file: str
    at: str
    own: bool = False

    @property
    def folder(self) -> str:
        """The folder of the input, seen from the department's."""
        parent = str(PurePosixPath(self.file).parent)
        return "" if parent == "." else parent


def gather(department: Loaded, source: Path, above: tuple[Path, ...], read: Read) -> list[Part]:
    """Every unit of `department`, whose input is `source`, in the order of its file, 本级 first.

    Raises `Rejected` with every fault where a unit's figures cannot be had.
    """
    chain = (*above, source.resolve())
    found = _Gathering(department)
    if len(chain) > MOST_LEVELS:
        found.fault(CYCLE, f"部门里有部门，超过 {MOST_LEVELS} 层。", "由上一级直接列出单位。", UNITS)
        raise Rejected(found.faults)
    for entry in _entries(department.accounts.unit):
        found.take(entry, source.parent, chain, read)
    found.once()
    if found.faults:
        raise Rejected([*department.issues, *found.faults])
    return found.parts


def _entries(unit: Unit) -> Iterator[_NamedInput]:
    if unit.own_file:
        yield _NamedInput(unit.name, _posix(unit.own_file), OWN_FILE, own=True)
    for number, below in enumerate(unit.subordinates or (), 1):
        yield _NamedInput(below.name, _posix(below.file), child_path(entry_path(UNITS, str(number)), "数据"))


def _posix(file: str) -> str:
    return file.strip().replace("\\", "/")


class _Gathering:
    def __init__(self, department: Loaded) -> None:
        self.parts: list[Part] = []
        self.faults: list[Issue] = []
        self._department = department
        self._seen: dict[Path, str] = {}

    def fault(self, rule: str, cause: str, mend: str, at: str) -> None:
        self.faults.append(Issue(rule, Level.ERROR, cause, mend, at, self._department.place(at)))

    def take(self, entry: _NamedInput, folder: Path, chain: tuple[Path, ...], read: Read) -> None:
        """Read one unit, unless it cannot be one of the department's."""
        if not entry.file:
            cause = f"没有写“{entry.name}”的数据，汇总数会少了它。"
            self.fault(INCOMPLETE, cause, "写上它的数据文件；都不汇总的，只列名称，不写数据。", entry.at)
            return
        if PureWindowsPath(entry.file).anchor or PurePosixPath(entry.file).suffix.lower() not in _INPUTS:
            cause = f"“{entry.file}”不能用作单位的数据。"
            self.fault(UNREAD, cause, "写相对本文件的路径，如 ../某站/unit.yaml 或 某站/填报表.xlsx。", entry.at)
            return
        path = Path(os.path.normpath(folder / entry.file))
        actual = path.resolve()
        if actual in chain:
            self.fault(CYCLE, f"“{entry.file}”就是本部门，或上一级部门。", "部门不能是自己的决算单位，删去。", entry.at)
        elif actual in self._seen:
            cause = f"“{entry.file}”在 {self._seen[actual]} 已经列过。"
            self.fault(TWICE, cause, "留下一个。", entry.at)
        else:
            self._seen[actual] = entry.at
            self._read(entry, path, read(path, chain))

    def _read(self, entry: _NamedInput, path: Path, reading: Reading) -> None:
        loaded, year = reading.loaded, self._department.accounts.year
        issues = tuple(retold(i, entry.folder) for i in reading.issues)
        if loaded is None:
            first = next(i for i in issues if i.stops)
            why = f"{first.place} {first.rule} {first.cause}" if first.place else first.cause
            self.fault(UNREAD, f"“{entry.name}”的数据读不出来：{why}", f"先改好它：{first.mend}", entry.at)
        elif loaded.accounts.year != year:
            cause = f"“{entry.name}”的数据是 {loaded.accounts.year} 年度的，本部门是 {year} 年度。"
            self.fault(OTHER_YEAR, cause, "换成同一年度的数据文件。", entry.at)
        else:
            stopping = tuple(i for i in issues if i.stops)
            files = reading.files | {path.resolve()}
            told = renamed(loaded, entry.folder)
            self.parts.append(Part(entry.name, entry.at, told, entry.own, stopping, reading.draft, files))

    def once(self) -> None:
        """No unit is there twice, by its file or by its name, at whatever level."""
        files: dict[Path, Part] = {}
        names: dict[str, Part] = {}
        for part in self.parts:
            name = part.loaded.accounts.unit.name
            other = next((files[f] for f in sorted(part.files) if f in files), None) or names.get(name)
            if other:
                cause = f"{name} 与 {other.loaded.accounts.unit.name}（{other.at}）是同一个单位，或含有同一个单位。"
                self.fault(TWICE, cause, "留下一个；名称相同而不是同一单位的，各写全称。", part.at)
            files |= dict.fromkeys(part.files, part)
            names[name] = part


@record
class Settled:
    """What came of all payments: `taken_out`, `carried` on to the department above, and `issues`."""

    taken_out: TakenOut = field(default_factory=dict)
    carried: tuple[Payment, ...] = ()
    issues: tuple[Issue, ...] = ()


@dataclass
class _Pair:
    """What a payer and a payee state of one kind of payment between them."""

    payer: Part
    payee: Part
    kind: str
    paid: list[Payment] = field(default_factory=list)
    received: list[Payment] = field(default_factory=list)

    @property
    def agreed(self) -> bool:
        """Whether both state the same, but for rounding."""
        difference = abs(_sum(self.paid) - _sum(self.received))
        return bool(self.paid and self.received) and difference <= sum(
            (p.amount.margin for p in (*self.paid, *self.received)), ZERO
        )

    def disagreement(self) -> Issue:
        """Both sides with their figures and places."""
        told = (
            _told(self.payer, PAID_AS[self.kind], self.paid, self.payee),
            _told(self.payee, self.kind, self.received, self.payer),
        )
        first = (self.paid or self.received)[0]
        mend = "两边都在“内部往来”里写上，金额相同；不抵销，收支就重复计算了。"
        paths = tuple(p.path for p in (*self.paid, *self.received))
        at = (self.payer if self.paid else self.payee).at
        return Issue(DISAGREED, Level.ERROR, "，".join(told) + "。", mend, at, first.place, paths)


def settle(department: Loaded, parts: Sequence[Part]) -> Settled:
    """Match what each unit states of payments with what its partner states."""
    owners = {name: part for part in reversed(parts) for name in part.names}
    # 本级 goes by the department's name, whoever else is called by it.
    for own in (p for p in parts if p.own):
        owners[department.accounts.unit.name] = own
    pairs: dict[tuple[str, str, str], _Pair] = {}
    carried: list[Payment] = []
    for part in parts:
        for payment in part.payments:
            partner = owners.get(payment.partner)
            if partner is None:
                carried.append(payment)
            elif partner is not part:
                _pair(pairs, part, partner, payment)
    taken_out: dict[tuple[str, str], list[Payment]] = {}
    for pair in pairs.values():
        for side, payments in ((pair.payer, pair.paid), (pair.payee, pair.received)) if pair.agreed else ():
            for payment in payments:
                taken_out.setdefault((side.at, payment.column), []).append(payment)
    return Settled(taken_out, tuple(carried), tuple(p.disagreement() for p in pairs.values() if not p.agreed))


def _pair(pairs: dict[tuple[str, str, str], _Pair], part: Part, partner: Part, payment: Payment) -> None:
    received = payment.kind in PAID_AS
    kind = payment.kind if received else _RECEIVED_AS[payment.kind]
    payer, payee = (partner, part) if received else (part, partner)
    pair = pairs.setdefault((payer.at, payee.at, kind), _Pair(payer, payee, kind))
    (pair.received if received else pair.paid).append(payment)


def left_over(accounts: Accounts, settled: Settled, department: Loaded) -> Iterator[Issue]:
    """Both sides of a kind of payment that are still in the department's figures: likely not stated as internal."""
    for received, paid in PAID_AS.items():
        sums = {
            received: _total(accounts, "revenue", _REVENUE[received]) - _carried(settled, received),
            paid: _total(accounts, "expenditure", _SPENDING[paid]) - _carried(settled, paid),
        }
        if all(amount > 0 for amount in sums.values()):
            told = "、".join(f"{_LABELS[kind]} {_wan(amount)}" for kind, amount in sums.items())
            mend = "是本部门各单位之间的，两边都写“内部往来”；不是的，说明情况后可以豁免。"
            cause = f"汇总后还有{told}，可能重复计算。"
            yield Issue(UNSETTLED, Level.WARNING, cause, mend, UNITS, department.place(UNITS))


def _total(accounts: Accounts, block: str, name: str) -> Decimal:
    return sum((getattr(getattr(line, block), name) for line in accounts.lines), ZERO)


def _carried(settled: Settled, kind: str) -> Decimal:
    return sum((p.amount for p in settled.carried if p.kind == kind), ZERO)


def _sum(payments: Sequence[Payment]) -> Decimal:
    return sum((p.amount for p in payments), ZERO)


def _told(part: Part, kind: str, payments: Sequence[Payment], partner: Part) -> str:
    own, other = part.loaded.accounts.unit.name, partner.loaded.accounts.unit.name
    if not payments:
        return f"{own} 没有写对 {other} 的{_LABELS[kind]}"
    places = "、".join(str(p.place) for p in payments if p.place)
    return f"{own} 写对 {other} 的{_LABELS[kind]} {_wan(_sum(payments))}（{places}）"


def _wan(yuan: Decimal) -> str:
    return f"{plain_text(yuan / YUAN_PER_WAN, strip_zeros=True)} 万元"
