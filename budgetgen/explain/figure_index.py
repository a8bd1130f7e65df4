"""All figures of one unit as a person may ask for them: by name, amount, place in the packet or in the input, with what they are used for."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import cached_property
from typing import NamedTuple

from budgetgen.classification import CLASS_DIGITS, Classification
from budgetgen.compute import Computed
from budgetgen.expression import Wording
from budgetgen.expression.printing import figure_text
from budgetgen.figures import PERCENT, YUAN, Figure, Group, Series, figure_words
from budgetgen.issues import Rejected
from budgetgen.layout import PacketFile
from budgetgen.model import Loaded
from budgetgen.model.accounts import values_in
from budgetgen.model.wording import JOINT, path_words
from budgetgen.money import YUAN_PER_WAN, round_half_up
from budgetgen.packet.render import Packet
from budgetgen.pipeline import Examined
from budgetgen.template import CellPlace, ParagraphPlace, Printed
from budgetgen.verify import read_cells, read_paragraphs, spots
from budgetgen.verify.spots import Spots

Sources = Mapping[str, list[str]]
_CODE = re.compile(r"(?<![\d])(\d{3}|\d{5}|\d{7})(?=的|）|$)")
_SENTENCE = re.compile(r"[。；！？\n]")
_AROUND = 24
_COMPARED = {
    "较上年": "与上年比", "与预算比": "与预算比", "完成": "完成预算", "完成年初预算": "完成年初预算",
    "完成全年预算": "完成全年预算",
}  # fmt: skip
_OF = {"额": "的增减额", "率": "的增减率"}


class Stand(NamedTuple):
    """Where a figure is printed: the file as users call it, the place in words, the text, the page of its heading and the sentence (blank: none)."""

    file: str
    place: str
    text: str
    page: str
    sentence: str


@dataclass(frozen=True)
class Index:
    """What there is to ask of a unit that was examined, gathered once. Every unit that has a packet has accounts and figures."""

    loaded: Loaded
    computed: Computed
    packet: Packet | None

    @classmethod
    def of(cls, seen: Examined) -> Index:
        """Rejected, with what keeps its figures from being known, where they are not."""
        if seen.computed is None or seen.loaded is None:
            raise Rejected(seen.issues)
        return cls(seen.loaded, seen.computed, seen.packet)

    # ------------------------------------------------------------------------------------------------- figures

    @cached_property
    def figures(self) -> tuple[Figure, ...]:
        """Every figure, those that are printed and those that they are made of, each once."""
        found: dict[int, Figure] = {}
        waiting: list[Figure] = [
            *self.computed.figures.values(),
            *(p.value for _, p in self.printed_items if isinstance(p.value, Figure)),
            *_figures_in(self.computed.tree),
        ]
        while waiting:
            figure = waiting.pop()
            if id(figure) not in found:
                found[id(figure)] = figure
                waiting += figure.operands
        return tuple(found.values())

    @cached_property
    def by_name(self) -> Mapping[str, Figure]:
        """Name → the figure; of several of one name (an amount and what it is rounded to) the one that is used last."""
        chosen: dict[str, Figure] = {}
        for figure in self.figures:
            known = chosen.get(figure.name)
            if known is None or any(part is known for part in figure.operands):
                chosen[figure.name] = figure
        return chosen

    @cached_property
    def users(self) -> Mapping[str, list[Figure]]:
        """Name → the figures that are made of it."""
        found: dict[str, dict[str, Figure]] = defaultdict(dict)
        for figure in self.figures:
            for operand in figure.operands:
                if operand.name != figure.name:
                    found[operand.name].setdefault(figure.name, figure)
        return {name: list(users.values()) for name, users in found.items()}

    def used_by(self, names: Iterable[str]) -> list[Figure]:
        """All figures that depend on these, the nearest first."""
        seen = dict.fromkeys(names)
        waiting, found = list(seen), []
        while waiting:
            name = waiting.pop(0)
            for user in self.users.get(name, ()):
                if user.name not in seen:
                    seen[user.name] = None
                    waiting.append(user.name)
                    found.append(user)
        return found

    @cached_property
    def by_path(self) -> Mapping[str, list[Figure]]:
        """Path of the input → the figures that are that value."""
        found: dict[str, list[Figure]] = defaultdict(list)
        for figure in self.figures:
            if figure.path and not figure.operands:
                found[figure.path].append(figure)
        return found

    @cached_property
    def by_number(self) -> Mapping[tuple[Decimal, str], list[Figure]]:
        """(number, unit: 万元, 元, %, or a counter) → the figures that are printed as it or are it exactly."""
        found: dict[tuple[Decimal, str], dict[str, Figure]] = defaultdict(dict)
        for _, item in self.printed_items:
            if isinstance(item.value, Figure) and (number := number_of(item.text)) is not None:
                unit = _unit_of(item.value, number)
                found[number, unit].setdefault(item.value.name, item.value)
        for figure in self.by_name.values():
            for number, unit in _numbers_of(figure):
                found[number, unit].setdefault(figure.name, figure)
        return {key: list(named.values()) for key, named in found.items()}

    # ------------------------------------------------------------------------------------------- where it stands

    @cached_property
    def printed_items(self) -> tuple[tuple[PacketFile, Printed], ...]:
        """What the packet prints, in its order."""
        files = self.packet.files.items() if self.packet else ()
        return tuple((file, item) for file, rendered in files for item in rendered.printed)

    @cached_property
    def _printed(self) -> Mapping[str, list[tuple[PacketFile, Printed]]]:
        found: dict[str, list[tuple[PacketFile, Printed]]] = defaultdict(list)
        for file, item in self.printed_items:
            if isinstance(item.value, Figure):
                found[item.value.name].append((file, item))
        return found

    def count(self, name: str) -> int:
        """At how many places a figure is printed."""
        return len(self._printed.get(name, ()))

    def stands(self, name: str, most: int | None = None) -> list[Stand]:
        """Where a figure is printed."""
        return [self._stand(file, item) for file, item in self._printed.get(name, ())[:most]]

    def _stand(self, file: PacketFile, item: Printed) -> Stand:
        where, place = self._spots(file), item.place
        sentence = ""
        if isinstance(place, ParagraphPlace):
            texts = self._paragraphs(file, place.part)
            text = texts[place.paragraph] if place.paragraph < len(texts) else item.text
            sentence = "" if text.strip() == item.text else _sentence(text, place.start, place.end)
        return Stand(file.label, where.of(place), item.text, where.page(place), sentence)

    @cached_property
    def _kept(self) -> dict[object, object]:
        return {}

    def _spots(self, file: PacketFile) -> Spots:
        assert self.packet is not None
        if file not in self._kept:
            self._kept[file] = spots(self.packet.files[file].data)
        found = self._kept[file]
        assert isinstance(found, Spots)
        return found

    def _paragraphs(self, file: PacketFile, part: str) -> list[str]:
        assert self.packet is not None
        if (file, part) not in self._kept:
            self._kept[file, part] = read_paragraphs(self.packet.files[file].data, part)
        found = self._kept[file, part]
        assert isinstance(found, list)
        return found

    @cached_property
    def cells(self) -> Mapping[str, tuple[str, str]]:
        """`公开05!E11` → the file's name for users, and what stands there."""
        files = self.packet.files.items() if self.packet else ()
        found: dict[str, tuple[str, str]] = {}
        for file, rendered in files:
            if file.suffix == "xlsx":
                found |= {f"{s}!{c}": (file.label, text) for (s, c), text in read_cells(rendered.data).items()}
        return found

    @cached_property
    def in_cells(self) -> Mapping[str, list[Figure]]:
        """`公开05!E11` → the figures that are printed there."""
        found: dict[str, list[Figure]] = defaultdict(list)
        for _, item in self.printed_items:
            if isinstance(item.place, CellPlace) and isinstance(item.value, Figure):
                found[str(item.place)].append(item.value)
        return found

    def texts_with(self, text: str) -> list[Stand]:
        """Where a text of the input is printed."""
        said = re.sub(r"\s+", "", text)[:_AROUND]
        found: list[Stand] = []
        for file, rendered in self.packet.files.items() if self.packet and said else ():
            where = self._spots(file)
            if file.suffix == "xlsx":
                places = [
                    CellPlace(s, c) for (s, c), t in read_cells(rendered.data).items() if said in re.sub(r"\s+", "", t)
                ]
                found += [Stand(file.label, where.of(place), "", "", "") for place in places]
            else:
                texts = self._paragraphs(file, "word/document.xml")
                numbers = [n for n, t in enumerate(texts) if said in re.sub(r"\s+", "", t)]
                at = [ParagraphPlace("word/document.xml", n, 0, 0) for n in numbers]
                found += [Stand(file.label, where.of(place), "", where.page(place), "") for place in at]
        return found

    # ------------------------------------------------------------------------------------------------- the input

    @cached_property
    def by_line(self) -> Mapping[int, list[str]]:
        """Line of the input → the paths whose values stand there."""
        found: dict[int, list[str]] = defaultdict(list)
        for path, place in self.loaded.sources.items():
            if place.line and not place.cell:
                found[place.line].append(path)
        return found

    @cached_property
    def by_cell(self) -> Mapping[str, list[str]]:
        """Cell of a form → the paths whose values stand there, or would."""
        found: dict[str, list[str]] = defaultdict(list)
        for path, place in (*self.loaded.sources.items(), *self.loaded.blanks.items()):
            if place.cell:
                found[place.cell].append(path)
        return found

    @cached_property
    def values(self) -> Mapping[str, object]:
        """Path → every value of the input."""
        return {held.path: held.value for held in values_in(self.loaded.accounts) if held.value is not None}

    # ----------------------------------------------------------------------------------------------------- words

    def words(self, figure: Figure) -> str:
        """A figure as the tables and the form call it."""
        if figure.path and figure.path == figure.name:
            return path_words(figure.path)
        owner, _, last = figure.name.rpartition(".")
        above = owner.rpartition(".")[2]
        if figure.operation == "占比" and len(figure.operands) > 1:
            return f"{self.words(figure.operands[0])}占{self.words(figure.operands[1])}的比重"
        if above in _COMPARED and last in _OF and figure.operands:
            how = "的比率" if above.startswith("完成") else _OF[last]
            return f"{self.words(figure.operands[0])}{_COMPARED[above]}{how}"
        return _CODE.sub(self._account, JOINT.join(_once(figure_words(figure.name).split(JOINT))))

    def _account(self, found: re.Match[str]) -> str:
        names: Classification = self.computed.names
        code = found[1]
        name = names.name(code)
        if name == code and len(code) >= CLASS_DIGITS:
            name = names.economic_name(code)
        return (
            code
            if name == code
            else f"{code}（{name}）"
            if not found.string[found.end() :].startswith("）")
            else f"{code} {name}"
        )


def _once(words: Sequence[str]) -> list[str]:
    """Words without those that the next one says again: 本年收入·本年收入合计 → 本年收入合计."""
    return [w for w, after in zip(words, [*words[1:], ""], strict=True) if not after.startswith(w)]


def plain(figure: Figure) -> Figure:
    """The figure itself, or the one that it is the sum of alone."""
    while len(figure.operands) == 1 and figure.operands[0].value == figure.value and not figure.path:
        figure = figure.operands[0]
    return figure


def number_of(text: str) -> Decimal | None:
    """The number that a text is, without commas and its sign of per cent; None for anything else."""
    try:
        return Decimal(re.sub(r"[,，\s%％]", "", text)).normalize()
    except InvalidOperation:
        return None


def _unit_of(figure: Figure, number: Decimal) -> str:
    """万元 or 元 for money, by what a number that was printed is nearer to."""
    if figure.unit != YUAN:
        return figure.unit
    far = abs(number - figure.value), abs(number - figure.value / YUAN_PER_WAN)
    return YUAN if figure.value and far[0] < far[1] else "万元"


def _numbers_of(figure: Figure) -> Iterator[tuple[Decimal, str]]:
    if figure.unit == YUAN:
        yield figure.value.normalize(), YUAN
        yield (figure.value / YUAN_PER_WAN).normalize(), "万元"
        yield figure.printed.normalize(), "万元"
    elif figure.unit == PERCENT:
        yield from ((round_half_up(figure.value, places).normalize(), PERCENT) for places in (2, 1))
    else:
        yield number_of(figure_text(figure, Wording())) or Decimal(0), figure.unit


def _sentence(text: str, start: int, end: int) -> str:
    """The words around a number in its sentence."""
    first = max([m.end() for m in _SENTENCE.finditer(text, 0, start)] or [0])
    last = next((m.start() for m in _SENTENCE.finditer(text, end)), len(text))
    cut = max(first, start - _AROUND), min(last, end + _AROUND)
    return f"{'…' if cut[0] > first else ''}{text[cut[0] : cut[1]].strip()}{'…' if cut[1] < last else ''}"


def _figures_in(node: object) -> Iterator[Figure]:
    """Every figure at or below a node of the tree."""
    waiting, seen = [node], set()
    while waiting:
        one = waiting.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        if isinstance(one, Figure):
            yield one
            waiting += [one.lookup(name) for name in one.names()]
        elif isinstance(one, Group):
            waiting += [one.lookup(name) for name in one.names()]
        elif isinstance(one, Mapping):
            waiting += one.values()
        elif isinstance(one, (list, tuple, Series)):
            waiting += list(one)
