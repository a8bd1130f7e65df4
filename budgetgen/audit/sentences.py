"""Sentences: every number and direction that the grammar hears, and what must hold in a sentence and against the tables."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from budgetgen.audit.grammar import DOWN, LEVEL, UP, Heard, Phrase, Plain, listen, plain, read_grammar, sign_of
from budgetgen.audit.nine_tables import Nine, class_name
from budgetgen.audit.relations import DOUBT, ERROR, Relation, adds_up, equal, ratio
from budgetgen.audit.stated import CENT, Statement, agree, show, unit_of
from budgetgen.classification import CLASS_DIGITS, ITEM_DIGITS, SECTION_DIGITS, Classification
from budgetgen.published.document import Paragraph, Published

_YUAN = Decimal("0.0001")
_MANY = 1000
_NEAR = 3
"""A whole is told at most so many paragraphs before its shares."""
_SECTIONS = 3
"""The sections that tell one change on last year."""
_TOLD = {UP: "大于", DOWN: "小于", LEVEL: "等于"}


@dataclass
class Turn:
    """What is said of one subject: its amount, budget, change, rates, and the words of direction."""

    subject: str
    paragraph: Paragraph
    slots: dict[str, Statement] = field(default_factory=dict)
    words: dict[str, list[tuple[Statement, int]]] = field(default_factory=lambda: defaultdict(list))
    share_of: str = ""


@dataclass
class Prose:
    """All that was heard: statements by name, turns, and the paragraphs with what was read in them."""

    said: dict[str, list[Statement]] = field(default_factory=lambda: defaultdict(list))
    turns: list[Turn] = field(default_factory=list)
    wrong_units: list[tuple[Statement, str]] = field(default_factory=list)


def usual_place(paragraphs: Sequence[Paragraph], pattern: str) -> Decimal:
    """The finest place that a packet's numbers are printed to (zeros at the end may be dropped)."""
    found = Counter(
        len(m.partition(".")[2])
        for p in paragraphs
        if p.part == "说明"
        for m in re.findall(pattern, plain(p.text).text)
    )
    deep = [n for n, times in found.items() if times * 10 >= sum(found.values())]
    return Decimal(1).scaleb(-max(deep, default=0))


def hear(document: Published, nine: Nine, codes: Classification) -> Prose:
    """Read every paragraph of the 情况说明 and the attachments."""
    listener = _Listener(document, nine, codes)
    for paragraph in document.paragraphs:
        if paragraph.part in ("说明", "附") and paragraph.bare:
            listener.read(paragraph)
    return listener.prose


class _Listener:
    """Reads paragraph after paragraph, and knows of what is being spoken.

    A subject that a heading names (…（项）) is spoken of in the next paragraph too; one that has its amount is done with.
    """

    def __init__(self, document: Published, nine: Nine, codes: Classification) -> None:
        self.prose = Prose()
        self._nine, self._codes = nine, codes
        self._fine = {
            "": usual_place(document.paragraphs, r"\d+(?:\.\d+)?(?=万元)"),
            "%": usual_place(document.paragraphs, r"\d+(?:\.\d+)?(?=%)"),
        }
        self._turn = Turn("", Paragraph(0, ""))
        self._whole = ""
        self._open = False

    def read(self, paragraph: Paragraph) -> None:
        """Hear one paragraph."""
        text = plain(paragraph.text)
        if "." in self._turn.slots or paragraph.section != self._turn.paragraph.section:
            self._turn = Turn("", paragraph)
        if not self._open:
            self._whole = ""
        self._open = text.text.endswith("：")
        for phrase, match, slots in listen(text, plain(paragraph.section).text, paragraph.part):
            self._begin(phrase, match, slots, paragraph)
            for heard in slots:
                if self._turn.subject or not heard.name.startswith("."):
                    self._keep(heard, match, text, paragraph)
            if phrase.level:
                at = text.quote(match.start(), match.end())
                spot = (0, paragraph.number, match.start())
                word = Statement("", Decimal(0), match[0], _where(paragraph), at, CENT, spot)
                self._turn.words[".增减"].append((word, LEVEL))

    def _begin(self, phrase: Phrase, match: re.Match[str], slots: Sequence[Heard], paragraph: Paragraph) -> None:
        """A phrase that names a figure begins to speak of it."""
        own = sorted((h for h in slots if not h.name.startswith(".")), key=lambda h: h.kind != "")
        named = _named(own[0]) if own else ""
        subject = phrase.subject or named
        if subject == "科目":
            subject = _item(match.groupdict(), self._nine, self._codes)
        if subject:
            self._turn = Turn(subject, paragraph)
            self.prose.turns.append(self._turn)
        if phrase.total and subject:
            self._whole = subject

    def _keep(self, heard: Heard, match: re.Match[str], text: Plain, paragraph: Paragraph) -> None:
        turn, relative = self._turn, heard.name.startswith(".")
        name = turn.subject + heard.name.removesuffix(".") if relative else _named(heard)
        said = _statement(heard, name, text, paragraph, self._fine)
        if heard.kind == "±":
            turn.words[heard.name].append((said, sign_of(heard.text)))
            return
        if heard.kind == "" and heard.unit != "万元" and not _in_yuan(heard):
            self.prose.wrong_units.append((said, heard.unit))
        self.prose.said[name].append(said)
        turn.slots.setdefault(heard.name if relative else "." if heard.kind != "#" else "#", said)
        if heard.name == ".占比":
            turn.share_of = read_grammar().wholes.get(match.groupdict().get("整体") or "", "") or self._whole


def _item(groups: Mapping[str, str], nine: Nine, codes: Classification) -> str:
    """The subject of a heading 类、款、项: the row of 05 of that name, or none."""
    rows = [c for c in nine.rows.get("05", {}) if len(c) == ITEM_DIGITS] or [
        c for c in nine.rows.get("03", {}) if len(c) == ITEM_DIGITS
    ]
    named = [c for c in rows if class_name(nine.names.get(c, "")) == class_name(groups["项"])]
    if len(named) > 1:
        named = [c for c in named if class_name(codes.name(c[:SECTION_DIGITS])) == class_name(groups["款"])] or named
    if len(named) > 1:
        named = [c for c in named if class_name(codes.name(c[:CLASS_DIGITS])) == class_name(groups["类"])]
    return f"一般公共预算[{named[0]}].支出.合计" if len(named) == 1 else "科目"


def _named(heard: Heard) -> str:
    if heard.name == "类":
        return f"类[{class_name(heard.groups['类'])}]"
    return heard.name


def _in_yuan(heard: Heard) -> bool:
    """Whether an amount is really told in 元: 3000元. 35.20元 among 万元 is a slip of the unit."""
    return heard.kind == "" and heard.unit == "元" and "." not in heard.text and Decimal(heard.text) >= _MANY


def _where(paragraph: Paragraph) -> str:
    section = paragraph.section[:18] if paragraph.section else "情况说明" if paragraph.part == "说明" else "附件"
    return f"{section} 第{paragraph.number}段"


def _statement(heard: Heard, name: str, text: Plain, paragraph: Paragraph, fine: Mapping[str, Decimal]) -> Statement:
    value = Decimal(heard.text) if heard.kind != "±" else Decimal(0)
    place = unit_of(heard.text) if heard.kind != "±" else CENT
    if _in_yuan(heard):
        value, place = value * _YUAN, place * _YUAN
    elif heard.kind in fine:
        place = min(place, fine[heard.kind])
    end = heard.end + (len(heard.unit) if heard.kind != "±" else 0)
    printed = heard.text + (heard.unit if heard.kind == "" and heard.unit != "万元" else "")
    return Statement(
        name, value, printed, _where(paragraph), text.quote(heard.start, end), place, (0, paragraph.number, heard.start)
    )


# ------------------------------------------------------------------------------------------------ relations


def relations_of(prose: Prose, nine: Nine) -> list[Relation]:
    """What must hold within sentences, between them, and against the tables."""
    found: list[Relation] = []
    for turn in prose.turns:
        found += _in_turn(turn, prose, nine)
    found += _against_cells(prose, nine)
    for name, all_said in prose.said.items():
        if (
            name.startswith(("科目", ".", "车辆.其中", "绩效.项目其中"))
            or name.endswith((".占比", ".增减额", "科目"))
            or "报告." in name
        ):
            continue
        found += [equal(a, b, "AUDIT-011") for n, a in enumerate(all_said) for b in all_said[n + 1 : n + 5]]
    found += _sums(prose, nine)
    found += _changes(prose)
    return found


def _cells_of(name: str, nine: Nine) -> list[Statement]:
    names = [name, *read_grammar().cells.get(name, ())]
    found = [s for n in names if (s := nine.get(n)) is not None]
    if name.startswith("类["):
        label = name[2:-1]
        found += [
            s
            for n, s in nine.said.items()
            if n.startswith("财政拨款总表.支出.")
            and n.endswith(".一般公共预算")
            and class_name(n.split(".")[2]) == label
        ]
    return found


_REPORT = {
    "报告.支出": ("支出.合计", "一般公共预算.支出.合计"),
    "报告.收入": ("收入.合计", "一般公共预算.支出.合计", "财政拨款总表.收入.本年收入合计"),
    "报告.基本": ("支出.基本", "一般公共预算.支出.基本"),
    "报告.项目": ("支出.项目", "一般公共预算.支出.项目"),
    "绩效.资金": ("支出.合计", "一般公共预算.支出.合计"),
    "绩效.一般公共预算": ("一般公共预算.支出.合计", "支出.合计"),
    "自评.整体.全年执行": ("支出.合计", "一般公共预算.支出.合计"),
}


def _against_cells(prose: Prose, nine: Nine) -> list[Relation]:
    found = []
    for name, all_said in prose.said.items():
        cells = _cells_of(name, nine)
        for said in all_said:
            found += [equal(said, cell, "AUDIT-010") for cell in cells]
            if name in _REPORT:
                options = [s for n in _REPORT[name] if (s := nine.get(n)) is not None]
                if options:
                    found.append(one_of(said, options, "AUDIT-020"))
            if name.startswith("类["):
                items = [
                    s
                    for c in nine.rows.get("05", {})
                    if len(c) == ITEM_DIGITS
                    and (s := nine.get(f"一般公共预算[{c}].支出.合计"))
                    and any(class_name(w) == name[2:-1] for w in _class_names(c, nine))
                ]
                if items:
                    found.append(adds_up(said, items, "AUDIT-010"))
    return found


def _class_names(code: str, nine: Nine) -> list[str]:
    return [nine.names[code[:CLASS_DIGITS]]] if code[:CLASS_DIGITS] in nine.names else []


def one_of(said: Statement, options: Sequence[Statement], rule: str, level: str = ERROR) -> Relation:
    """A statement that must agree with one of several, whose scopes may differ."""
    distinct = list({o.value: o for o in options}.values())

    def expected(of: Statement) -> str:
        if of is said:
            return "、".join(f"{o.text}（{o.where}）" for o in distinct)
        return f"{said.text}（{said.where}）"

    return Relation(rule, (said, *distinct[:1]), any(agree(said, o) for o in options), expected, level)


def _actual(turn: Turn, prose: Prose, nine: Nine) -> Statement | None:
    own = turn.slots.get(".")
    if own is not None:
        return own
    told = [s for s in prose.said.get(turn.subject, []) if s.spot[1] == turn.paragraph.number]
    return told[0] if told else next(iter(_cells_of(turn.subject, nine)), None)


def _in_turn(turn: Turn, prose: Prose, nine: Nine) -> list[Relation]:
    found: list[Relation] = []
    actual = _actual(turn, prose, nine)
    budget = turn.slots.get(".年初预算") or turn.slots.get(".预算")
    rate = turn.slots.get(".完成率")
    if rate is not None and actual is not None and budget is not None:
        found.append(ratio(rate, actual, budget, "AUDIT-012"))
    share = turn.slots.get(".占比")
    if share is not None and actual is not None:
        whole = _whole_of(turn, prose, nine)
        if whole is not None:
            found.append(ratio(share, actual, whole, "AUDIT-013"))
    compared = turn.words[".较预算"]
    if actual is not None and budget is not None and not turn.slots.get(".较预算额"):
        found += [_compares(word, sign, actual, budget) for word, sign in compared]
    for words in turn.words.values():
        found += [_same_way(a, b) for n, a in enumerate(words) for b in words[n + 1 :]]
    for key in (".增减", ".较预算"):
        amount, percent = turn.slots.get(key + "额"), turn.slots.get(key + "率")
        signs = [sign for _, sign in turn.words[key]]
        if amount is not None and actual is not None and signs and percent is not None:
            sign = Counter(signs).most_common(1)[0][0]
            found.append(_rate_of_change(percent, amount, actual, sign, [w for w, s in turn.words[key] if s == sign]))
    return found


def _whole_of(turn: Turn, prose: Prose, nine: Nine) -> Statement | None:
    if not turn.share_of:
        return None
    near = [s for s in prose.said.get(turn.share_of, []) if abs(s.spot[1] - turn.paragraph.number) <= _NEAR]
    here = [s for s in near if s.spot[1] == turn.paragraph.number] or near
    return here[0] if here else next(iter(_cells_of(turn.share_of, nine)), None)


def _compares(word: Statement, sign: int, actual: Statement, budget: Statement) -> Relation:
    """决算数大于年初预算数 against the two amounts."""
    difference = actual.value - budget.value
    real = UP if difference > 0 else DOWN if difference < 0 else LEVEL
    holds = real == sign or (abs(difference) <= CENT and min(actual.fine, budget.fine) < CENT)

    def expected(of: Statement) -> str:
        mark = {UP: ">", DOWN: "<", LEVEL: "="}[real]
        if of is word:
            return f"{_TOLD[real]}（{actual.text}{mark}{budget.text}）"
        return f"与“{word.text}”相符的数（{actual.text}{mark}{budget.text}）"

    return Relation("AUDIT-014", (word, actual, budget), holds, expected)


def _same_way(one: tuple[Statement, int], two: tuple[Statement, int]) -> Relation:
    (a, up), (b, other) = one, two

    def expected(of: Statement) -> str:
        against = b if of is a else a
        return f"与“{against.text}”同一方向（{against.quote}）"

    return Relation("AUDIT-015", (a, b), up == other, expected)


def _rate_of_change(
    percent: Statement, amount: Statement, actual: Statement, sign: int, words: Sequence[Statement]
) -> Relation:
    """减少 155.72 万元，降低 19.1%: the rate over last year's amount, which is this year's without the change."""
    prior = Statement(
        "",
        actual.value - sign * amount.value,
        show(actual.value - sign * amount.value),
        "",
        "",
        amount.fine + actual.fine,
    )
    inner = ratio(percent, amount, prior, "AUDIT-016")
    if prior.value <= CENT and amount.value:
        return Relation("AUDIT-016", (percent, amount, actual), holds=True, expected=inner.expected)

    def expected(of: Statement) -> str:
        if of is percent:
            return f"{show(amount.value * 100 / prior.value) if prior.value else '—'}%（{amount.text}/{prior.text}）"
        return f"与 {actual.text}、{amount.text}、{percent.text}% 相符的数"

    return Relation("AUDIT-016", (percent, amount, actual, *words[:1]), inner.holds, expected)


def _signed(turn: Turn) -> Statement | None:
    """The change on last year with its sign."""
    words = turn.words[".增减"]
    amount = turn.slots.get(".增减额")
    if not words:
        return None
    sign = Counter(s for _, s in words).most_common(1)[0][0]
    if amount is None:
        word = next((w for w, s in words if s == LEVEL), None)
        return Statement("增减", Decimal(0), word.text, word.where, word.quote, CENT, word.spot) if word else None
    if LEVEL in [s for _, s in words]:
        return None
    return _cached(amount, sign)


def _cached(amount: Statement, sign: int) -> Statement:
    text = ("-" if sign < 0 else "") + amount.text
    return Statement(amount.name + "±", amount.value * sign, text, amount.where, amount.quote, amount.fine, amount.spot)


def _changes(prose: Prose) -> list[Relation]:
    """The change on last year told in several sections, and that of 三公 against its items'."""
    found: list[Relation] = []
    told: dict[str, list[tuple[Turn, Statement]]] = defaultdict(list)
    for turn in prose.turns:
        signed = _signed(turn)
        if signed is not None:
            told[turn.subject].append((turn, signed))
    alike = [
        (t, s)
        for subject in ("收支总计", "财政拨款收支总计", "一般公共预算.支出.合计")
        for t, s in told.get(subject, [])
    ]
    amounts = [t.slots["."].value for t, _ in alike if "." in t.slots]
    if len(alike) >= _SECTIONS and len(set(amounts)) < _SECTIONS:
        common = Counter(s.value for _, s in alike).most_common(1)[0]
        if common[1] > 1:
            statements = [s for _, s in alike]
            found += [equal(a, b, "AUDIT-017") for n, a in enumerate(statements) for b in statements[n + 1 :]]
    for subject, pairs in told.items():
        found += [equal(a[1], b[1], "AUDIT-017") for n, a in enumerate(pairs) for b in pairs[n + 1 :] if subject]
    part = {k: v[0][1] for k, v in told.items() if k.startswith("三公经费.决算.")}
    cars = ("三公经费.决算.公务用车购置费", "三公经费.决算.公务用车运行维护费")
    small, total = part.get("三公经费.决算.公务用车小计"), part.get("三公经费.决算.合计")
    if small is not None and all(c in part for c in cars):
        found.append(adds_up(small, [part[c] for c in cars], "AUDIT-017"))
    vehicles = [small] if small is not None else [part[c] for c in cars if c in part]
    others = [part.get("三公经费.决算.因公出国费"), part.get("三公经费.决算.公务接待费")]
    if total is not None and vehicles and all(o is not None for o in others):
        found.append(adds_up(total, [*vehicles, *[o for o in others if o is not None]], "AUDIT-017", level=DOUBT))
    return found


def _first(prose: Prose, *names: str) -> Statement | None:
    return next((prose.said[n][0] for n in names if prose.said.get(n)), None)


def _sums(prose: Prose, nine: Nine) -> list[Relation]:
    found: list[Relation] = []
    codes = [c for c in nine.rows.get("05", {}) if len(c) == ITEM_DIGITS]
    budgets = [_first(prose, f"一般公共预算[{c}].支出.合计.年初预算") for c in codes]
    total = _first(prose, "一般公共预算.支出.合计.年初预算")
    if total is not None and budgets and all(b is not None for b in budgets):
        found.append(adds_up(total, [b for b in budgets if b is not None], "AUDIT-018"))
    goods = [_first(prose, f"政府采购.{k}") for k in ("货物", "工程", "服务")]
    whole = _first(prose, "政府采购.总额")
    if whole is not None and all(g is not None for g in goods):
        found.append(adds_up(whole, [g for g in goods if g is not None], "AUDIT-018"))
    for small, large in (("政府采购.小微企业", "政府采购.中小企业"), ("政府采购.中小企业", "政府采购.总额")):
        a, b = _first(prose, small), _first(prose, large)
        if a is not None and b is not None:
            found.append(_within_whole(a, b))
    three = {
        k: _first(prose, f"三公经费.决算.{k}.预算")
        for k in ("合计", "因公出国费", "公务用车小计", "公务接待费", "公务用车购置费", "公务用车运行维护费")
    }
    car = three["公务用车小计"]
    cars = [three["公务用车购置费"], three["公务用车运行维护费"]]
    if car is not None and all(cars):
        found.append(adds_up(car, [c for c in cars if c], "AUDIT-018"))
    vehicles = [car] if car is not None else cars
    parts = [three["因公出国费"], three["公务接待费"], *vehicles]
    if three["合计"] is not None and all(parts):
        found.append(adds_up(three["合计"], [p for p in parts if p], "AUDIT-018"))
    all_cars = _first(prose, "车辆.合计")
    for total_of, parts_of in (("车辆.合计", "车辆.其中"), ("绩效.项目", "绩效.项目其中")):
        counted, counts = _first(prose, total_of), prose.said.get(parts_of, [])
        if counted is not None and counts:
            found.append(_counts(counted, counts))
    kept = _first(prose, "车辆.保有量")
    if kept is not None and all_cars is not None:
        found.append(equal(kept, all_cars, "AUDIT-019", DOUBT))
    return found


def _within_whole(part: Statement, whole: Statement) -> Relation:
    def expected(of: Statement) -> str:
        return f"不小于 {part.text}（{part.where}）" if of is whole else f"不大于 {whole.text}（{whole.where}）"

    return Relation("AUDIT-018", (part, whole), part.low <= whole.high, expected)


def _counts(total: Statement, parts: Sequence[Statement]) -> Relation:
    found = sum((p.value for p in parts), Decimal(0))

    def expected(of: Statement) -> str:
        if of is total:
            return f"{found}（各项之和）"
        return f"{of.value + total.value - found}（{total.text} 减其余各项）"

    return Relation("AUDIT-019", (total, *parts), total.value == found, expected)


def prior_years(prose: Prose) -> dict[str, tuple[Statement, Statement]]:
    """For each subject whose change on last year is told: this year's amount and the signed change."""
    found: dict[str, tuple[Statement, Statement]] = {}
    for turn in prose.turns:
        signed = _signed(turn)
        if signed is not None and "." in turn.slots:
            found.setdefault(turn.subject, (turn.slots["."], signed))
    return found


def bare_directions(prose: Prose) -> list[tuple[str, Statement, int, Statement]]:
    """(subject, word, its sign, this year's amount) where a change on last year is told without an amount."""
    return [
        (turn.subject, word, sign, turn.slots["."])
        for turn in prose.turns
        if "." in turn.slots and ".增减额" not in turn.slots
        for word, sign in turn.words[".增减"]
        if sign != LEVEL
    ]
