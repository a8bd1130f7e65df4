"""What is learned of a 版式: columns of tables, clauses of sentences, and the fields of the input that they print."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from budgetgen.figures import Figure
from budgetgen.layout import Kind, Profile
from budgetgen.model import Accounts
from budgetgen.model.accounts import value_at
from budgetgen.model.declarations import Choice, Code, Declared, fields_of
from budgetgen.records import record

_CODED = re.compile(r"(类|款|项)\[(\d{3,7})\]")
COUNTED = re.compile(r"\[\d{1,2}\]")
LEVELS = {3: "类", 5: "款", 7: "项"}
MONEY = re.compile(r"单位[：:]?（?(?:人民币)?(万元|元)")
_YEARS = re.compile(r"20\d\d年?|[“”\"'‘’《》]|^表?[\d一二三四五六七八九十]+[、.．]")
_WHOSE = re.compile(r"^(?:预算单位|部门|单位)")
ORDINAL = re.compile(r"^(?:[（(][一二三四五六七八九十]{1,3}[）)]|[一二三四五六七八九十]{1,3}、|\d{1,2}[、.．])(?!\d)")
LEVEL_WORDS = re.compile("持平|无增减|相同|一致")
PUNCTUATION = "，。；：、"
_CHANGE = ("增减额", "比率")


def general(name: str) -> str:
    """A figure's name without the code or the number that it is of."""
    return COUNTED.sub("[#]", _CODED.sub("{级}[{码}]", name))


def code_in(name: str) -> str:
    """The code in a figure's name; blank where it is of none."""
    found = _CODED.search(name)
    return found[2] if found else ""


def title_key(title: str) -> str:
    """What tells a table's title from others: no year, no quotation marks, no 部门 or 单位."""
    return _WHOSE.sub("", _YEARS.sub("", re.sub(r"\s", "", title)))


def label_key(label: str) -> str:
    """A row's label without its ordinal."""
    return ORDINAL.sub("", label).strip("：:")


def heading_key(heading: str) -> str:
    """A column's heading without years and quotation marks, all names of codes and names alike."""
    words = [re.sub(r"20\d\d年?度?|[“”\"]|（(?:万元|元|填写到月)）", "", word) for word in heading.split("/")]
    return "/".join(re.sub("^.*(科目编码|科目名称)$", r"\1", word) for word in words)


@dataclass
class LearnedTable:
    """One table: the columns under their headings, the rows by code, by label, or one item of a list each."""

    title: str
    money: str
    coded: dict[str, str] = field(default_factory=dict)
    total: dict[str, str] = field(default_factory=dict)
    labelled: dict[tuple[str, str], str] = field(default_factory=dict)
    classes: dict[str, str] = field(default_factory=dict)
    listed: dict[str, str] = field(default_factory=dict)
    single: dict[str, str] = field(default_factory=dict)

    @property
    def headings(self) -> set[str]:
        """Every heading over an amount or a text."""
        found = (self.coded, self.total, self.classes, self.listed, self.single)
        return {h for columns in found for h in columns} | {h for _, h in self.labelled}


@record
class Slot:
    """What a sentence holds at one place. `kind`: blank for money, %, # for a count, 文 for a text. `sign` of a change."""

    name: str
    kind: str
    sign: int = 0


@record
class Clause:
    """One piece of a sentence between punctuation; `level`: it says that nothing has changed."""

    pattern: str
    slots: tuple[Slot, ...]
    level: bool = False


@dataclass
class Anchor:
    """A clause that names its figure, what may follow it, and what stands beside it in its paragraphs.

    `heads` are the beginnings of these, `beside` the patterns of the other anchors.
    """

    clause: Clause
    heads: set[str] = field(default_factory=set)
    beside: set[str] = field(default_factory=set)
    after: dict[str, Clause] = field(default_factory=dict)


@record
class TextLine:
    """A paragraph below a heading: the fields that it tells, its words as a pattern, and whether an ordinal stands before."""

    paths: tuple[str, ...]
    pattern: str
    numbered: bool


@record
class Field:
    """A field of the input that a printed figure is: `path` in general, and what its list's item says of itself.

    `digits` are those of the code of the row in which the figure stands; 0 where it stands in none.
    """

    path: str
    same: tuple[tuple[str, str], ...] = ()
    digits: int = 0


@dataclass
class Learned:
    """All that the templates of one 版式 say of a kind."""

    kind: Kind
    profile: Profile
    model: type[Accounts]
    tables: list[LearnedTable] = field(default_factory=list)
    anchors: dict[tuple[str, tuple[Slot, ...]], Anchor] = field(default_factory=dict)
    texts: dict[str, list[TextLine]] = field(default_factory=dict)
    """Words of a paragraph → the texts whose paragraphs follow it."""
    named: dict[str, str] = field(default_factory=dict)
    """Words that end a heading → the text with which it begins: the name of an item."""
    literals: set[str] = field(default_factory=set)
    titles: list[str] = field(default_factory=list)
    """Patterns of headings that begin with the unit's name."""
    owners: set[str] = field(default_factory=set)
    """Patterns of clauses that name the unit."""
    fields: dict[str, set[Field]] = field(default_factory=dict)
    sums: dict[str, set[str]] = field(default_factory=dict)
    """Figures of a 类 or 款 → the fields of its items that they were seen to be made of."""
    naming: tuple[str, str, str] = ("", "", "")
    """The list that gives names to codes, and the keys of code and name."""

    @cached_property
    def spoken(self) -> Mapping[str, set[tuple[tuple[str, str], ...]]]:
        """Lists → what the items of which sentences speak say of themselves."""
        clauses = (c for a in self.anchors.values() for c in (a.clause, *a.after.values()))
        found: dict[str, set[tuple[tuple[str, str], ...]]] = {}
        for name in {slot.name for clause in clauses for slot in clause.slots if "[#]" in slot.name}:
            for one in self.fields.get(name, ()):
                found.setdefault(one.path.partition("[#]")[0], set()).add(one.same)
        return found

    @property
    def coded_lists(self) -> frozenset[str]:
        """The lists whose items are told apart by codes."""
        found = (f for fields in self.fields.values() for f in fields if "{码}" in {value for _, value in f.same})
        return frozenset(f.path.partition("[#]")[0] for f in found)


def keep_field(learned: Learned, name: str, figure: Figure, code: str, accounts: Accounts) -> None:
    """Which field of the input a printed figure is, where it is one: `name` in general, of the row with this `code`."""
    leaves = {leaf.path: leaf for leaf in figure.leaves() if leaf.path and leaf.value}
    base = figure.operands[-1] if figure.operation == _CHANGE[0] else None
    if base is not None:  # a change tells last year's amount
        leaves = {leaf.path: leaf for leaf in base.leaves() if leaf.path}
    if code and len(code) < max(LEVELS):
        learned.sums.setdefault(name, set()).update(COUNTED.sub("[#]", path) for path in leaves)
    if len(leaves) != 1:
        return
    (leaf,) = leaves.values()
    if leaf.operation != "输入" or (base is None and leaf.value != figure.value):
        return
    found = _ITEM.match(leaf.path)
    same: tuple[tuple[str, str], ...] = ()
    if found:
        item = value_at(accounts, found[1].split("."))[int(found[2]) - 1]  # type: ignore[index]
        same = tuple(_same(item, code))
        if "{码}" not in {value for _, value in same} and (code or any(k == "科目" for k, _ in same)):
            return
        if not code and "[#]" not in name:
            return
    learned.fields.setdefault(name, set()).add(Field(COUNTED.sub("[#]", leaf.path), same, len(code)))


_ITEM = re.compile(r"([^\[\]]+)\[(\d{1,3})\]")


def _same(item: Declared, code: str) -> Iterator[tuple[str, str]]:
    """What tells an item of a list from others: its code, the words that it chooses."""
    if not any(isinstance(spec.shape, Code) for spec in fields_of(type(item)).values()):
        return  # its items are counted
    for key, spec in fields_of(type(item)).items():
        value = getattr(item, spec.name)
        if isinstance(spec.shape, Code):
            yield key, "{码}" if not code or value == code else str(value)
        elif isinstance(spec.shape, Choice) and value is not None:
            yield key, str(value)
