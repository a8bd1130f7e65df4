"""What is heard in the prose of a packet: every number and direction that the grammar knows, with the figure's name."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from difflib import SequenceMatcher

from budgetgen.audit.grammar import LEVEL, Heard, Phrase, listen, read_grammar, sign_of
from budgetgen.audit.nine_tables import Nine, class_name
from budgetgen.audit.stated import CENT, Statement, unit_of
from budgetgen.classification import CLASS_DIGITS, ITEM_DIGITS, SECTION_DIGITS, Classification
from budgetgen.inversion.plain import Plain, plain
from budgetgen.published.document import Paragraph, Published

_YUAN, _BILLION = Decimal("0.0001"), Decimal(10000)
_MANY = 1000
"""An amount in 元 is told as such from here on: 35.20元 among 万元 is a slip of the unit."""
_THREE = "三公经费.决算."
_FUND_TABLES = {"05": "一般公共预算", "07": "政府性基金", "08": "国有资本经营"}
_UNHEARD = re.compile(r"\d(?:万元|元|亿元)")
_OF_ROOT = ("年初预算", "全年预算", "完成.率", "全年预算数", "得分", "上年决算", "支出.合计")
_VEHICLES = re.compile(r"\d[辆台](?!（套|套)")
_INDEX = re.compile(r"\[[+=]\]")


@dataclass
class Turn:
    """What is said of one subject: its amount, budget, change, rates, and the words of direction.

    `end` is where in the paragraph it was last spoken of: an amount that nobody heard after that is of another subject.
    """

    subject: str
    paragraph: Paragraph
    slots: dict[str, Statement] = field(default_factory=dict)
    words: dict[str, list[tuple[Statement, int]]] = field(default_factory=lambda: defaultdict(list))
    share_of: str = ""
    end: int = 0


@dataclass
class Prose:
    """All that was heard: statements by name, turns, words of direction, and amounts in a unit that nobody else uses."""

    said: dict[str, list[Statement]] = field(default_factory=lambda: defaultdict(list))
    turns: list[Turn] = field(default_factory=list)
    wrong_units: list[tuple[Statement, str]] = field(default_factory=list)
    unheard: set[int] = field(default_factory=set)
    """Paragraphs that tell more vehicles than were heard: their kinds are not all of them."""


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


def _told_in_yuan(paragraphs: Sequence[Paragraph]) -> bool:
    """Whether a packet tells its amounts in 元."""
    told = Counter(u for p in paragraphs if p.part == "说明" for u in re.findall(r"\d(万元|元)", plain(p.text).text))
    return told["元"] > told["万元"]


def hear(document: Published, nine: Nine, codes: Classification) -> Prose:
    """Read every paragraph of the 情况说明 and the attachments."""
    listener = _Listener(document, nine, codes)
    for paragraph in document.paragraphs:
        if paragraph.part in ("说明", "附") and paragraph.bare:
            listener.read(paragraph)
    return listener.prose


def classes_of(nine: Nine, codes: Classification) -> dict[str, str]:
    """The 类 of a packet and of the code tables: name → code."""
    found = {class_name(n): c for c, n in nine.names.items() if len(c) == CLASS_DIGITS and c.startswith("2")}
    for code in nine.item_codes():
        found.setdefault(class_name(codes.name(code[:CLASS_DIGITS])), code[:CLASS_DIGITS])
    for code in codes.disclosed:
        found.setdefault(class_name(codes.name(code)), code)
    return found


def under(subject: str, relative: str) -> str:
    """The name of what is said of a subject: of 三公经费.决算.合计, `.预算` is 三公经费.预算.合计."""
    if relative == ".":
        return subject
    name = read_grammar().names.get(relative, relative.removeprefix("."))
    if subject.startswith(_THREE) and name in ("年初预算", "全年预算", "预算", "上年决算"):
        return subject.replace(".决算.", f".{name}.", 1)
    if name == "预算" and subject.endswith(".执行数"):
        name = "全年预算数"
    root = subject.removesuffix(".支出.合计").removesuffix(".执行数").removesuffix(".决算")
    return f"{root if name in _OF_ROOT else subject}.{name}"


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
        self._yuan = _told_in_yuan(document.paragraphs)
        self._turn = Turn("", Paragraph(0, ""))
        self._counted: Counter[str] = Counter()
        self._classes = classes_of(nine, codes)

    def read(self, paragraph: Paragraph) -> None:
        """Hear one paragraph."""
        text = plain(paragraph.text)
        if "." in self._turn.slots or paragraph.section != self._turn.paragraph.section:
            self._turn = Turn("", paragraph)
        self._turn.end = 0
        for phrase, match, slots in listen(text, plain(paragraph.section).text, paragraph.part):
            self._begin(phrase, match, slots, paragraph, text)
            for heard in slots:
                if self._turn.subject or not heard.name.startswith("."):
                    self._keep(heard, match, text, paragraph)
            self._levels(phrase, match, text, paragraph)
            self._turn.end = match.end()
        vehicles = len(_VEHICLES.findall(text.text))
        if vehicles and vehicles != self._vehicles(paragraph):
            self.prose.unheard.add(paragraph.number)

    def _vehicles(self, paragraph: Paragraph) -> int:
        """The counts of vehicles that were heard in a paragraph."""
        all_said = (said for n, said in self.prose.said.items() if n.startswith("国有资产.") and "设备" not in n)
        return sum(s.spot[1] == paragraph.number for said in all_said for s in said)

    def _levels(self, phrase: Phrase, match: re.Match[str], text: Plain, paragraph: Paragraph) -> None:
        """A word that says that nothing has changed, without a slot: 持平."""
        key = ".增减" if phrase.level else ".较预算" if match.groupdict().get("预算平") else ""
        if key and self._turn.subject:
            at = text.quote(match.start(), match.end())
            spot = (0, paragraph.number, match.start())
            word = Statement("", Decimal(0), match[0], _where(paragraph), at, CENT, spot)
            self._turn.words[key].append((word, LEVEL))

    def _begin(
        self, phrase: Phrase, match: re.Match[str], slots: Sequence[Heard], paragraph: Paragraph, text: Plain
    ) -> None:
        """A phrase that names a figure begins to speak of it; one of an amount that nobody heard is of nobody."""
        own = sorted((h for h in slots if not h.name.startswith(".")), key=lambda h: h.kind != "")
        subject = phrase.subject or (self._named(own[0].name, own[0].groups, count=False) if own else "")
        if phrase.subject == "科目":
            subject = self._item(match.groupdict())
        elif phrase.subject:
            subject = _filled(phrase.subject, match.groupdict())
        if subject:
            self._turn = Turn(subject, paragraph, share_of=phrase.whole)
            self.prose.turns.append(self._turn)
        elif any(h.kind != "±" for h in slots) and _UNHEARD.search(text.text, self._turn.end, match.start()):
            self._turn = Turn("", paragraph)

    def _keep(self, heard: Heard, match: re.Match[str], text: Plain, paragraph: Paragraph) -> None:
        turn, relative = self._turn, heard.name.startswith(".")
        name = under(turn.subject, heard.name) if relative else self._named(heard.name, heard.groups, count=True)
        if heard.name == ".占比":
            named = match.groupdict().get("整体") or ""
            turn.share_of = read_grammar().wholes.get(named, "") or turn.share_of or _usual_whole(turn.subject)
            name = f"占比({turn.subject}, {turn.share_of})"
        yuan = _in_yuan(heard, usual=self._yuan)
        said = _statement(heard, name, text, paragraph, self._fine, yuan=yuan)
        if heard.kind == "±":
            turn.words[heard.name].append((said, sign_of(heard.text)))
            return
        if heard.kind == "" and heard.unit in ("元", "万") and not yuan:
            self.prose.wrong_units.append((said, heard.unit))
        self.prose.said[name].append(said)
        turn.slots.setdefault(heard.name if relative else "." if heard.kind != "#" else "#", said)

    def _named(self, name: str, groups: Mapping[str, str], *, count: bool) -> str:
        """A figure's name: the words of the phrase's groups in it, lists counted."""
        if name == "<类>":
            code = self._classes.get(class_name(groups["类"]), "")
            return f"一般公共预算.类[{code}].支出.合计" if code else "类"
        filled = _filled(name, groups)
        found = _INDEX.search(filled)
        if found:
            entries = filled[: found.start()]
            self._counted[entries] += count and found[0] == "[+]"
            filled = f"{entries}[{self._counted[entries]}]{filled[found.end() :]}"
        return filled

    def _item(self, groups: Mapping[str, str | None]) -> str:
        """The subject of a heading 类、款、项: the row of 05, 07 or 08 of that name, or none."""
        for number in ("05", "07", "08", "03", ""):
            known = self._nine.rows.get(number, {}) if number else self._codes.functional
            rows = [c for c in known if len(c) == ITEM_DIGITS]
            code = _matching(rows, groups, self._nine, self._codes)
            if code:
                return f"{_FUND_TABLES.get(number, '一般公共预算')}.项[{code}].支出.合计"
        return "科目"


def _filled(name: str, groups: Mapping[str, str | None]) -> str:
    """A name with `<组>` as what the phrase read there."""
    return re.sub("<([一-龥]+)>", lambda m: groups.get(m[1]) or "", name)


def _matching(rows: Sequence[str], groups: Mapping[str, str | None], nine: Nine, codes: Classification) -> str:
    """The one row of a class, section and item that a heading names, by names, then by the digits that it may bear."""
    digits = "".join(groups.get(k) or "" for k in ("c1", "c2", "c3"))
    if len(digits) == ITEM_DIGITS and digits in rows:
        return digits
    item = class_name(groups["项"] or "")
    named = [c for c in rows if class_name(nine.names.get(c) or codes.name(c)) == item]
    for size, word in ((SECTION_DIGITS, "款"), (CLASS_DIGITS, "类")):
        if len(named) > 1:
            exact = [c for c in named if class_name(codes.name(c[:size])) == class_name(groups[word] or "")]
            named = exact or named
    return named[0] if len(named) == 1 and _of_section(named[0], groups["款"] or "", nine, codes) else ""


def _of_section(code: str, section: str, nine: Nine, codes: Classification) -> bool:
    """Whether an item can be of the section that a heading names, spelt right or nearly so: many are called 行政运行."""
    names = [nine.names.get(code[:SECTION_DIGITS], ""), codes.name(code[:SECTION_DIGITS])]
    return any(SequenceMatcher(None, class_name(n), class_name(section)).ratio() > _LIKE for n in names if n)


_LIKE = 0.6


def _usual_whole(subject: str) -> str:
    """What a share is of that names no whole."""
    return next((w for start, w in read_grammar().of.items() if subject.startswith(start) and subject != w), "")


def _in_yuan(heard: Heard, *, usual: bool) -> bool:
    """Whether an amount is really told in 元: 3000元, or any where a packet tells all its amounts so."""
    return (
        heard.kind == "" and heard.unit == "元" and (usual or ("." not in heard.text and Decimal(heard.text) >= _MANY))
    )


def _where(paragraph: Paragraph) -> str:
    section = paragraph.section[:18] if paragraph.section else "情况说明" if paragraph.part == "说明" else "附件"
    return f"{section} 第{paragraph.number}段"


def _statement(
    heard: Heard, name: str, text: Plain, paragraph: Paragraph, fine: Mapping[str, Decimal], *, yuan: bool
) -> Statement:
    value = Decimal(heard.text) if heard.kind != "±" else Decimal(0)
    place = unit_of(heard.text) if heard.kind != "±" else CENT
    if yuan:
        value, place = value * _YUAN, place * _YUAN
    elif heard.unit == "亿元":
        value, place = value * _BILLION, place * _BILLION
    elif heard.kind in fine and (heard.kind == "" or "." not in heard.text):
        place = min(place, fine[heard.kind])
    elif heard.kind == "#" and "." not in heard.text:
        place = Decimal(0)
    end = heard.end + (len(heard.unit) if heard.kind != "±" else 0)
    printed = heard.text + (heard.unit if heard.kind == "" and heard.unit != "万元" else "")
    return Statement(
        name, value, printed, _where(paragraph), text.quote(heard.start, end), place, (0, paragraph.number, heard.start)
    )
