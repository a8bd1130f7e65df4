"""The sentences of a published packet, read by the clauses that a 版式 was seen to print."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from functools import lru_cache, partial

from budgetgen.classification import ITEM_DIGITS, Classification
from budgetgen.input.scalars import Refusal, read_amount
from budgetgen.inversion.learned import table_head
from budgetgen.inversion.learned_sentences import paragraph_key
from budgetgen.inversion.patterns import LEVELS, ORDINAL, Anchor, Clause, Slot, TextLine, label_key
from budgetgen.inversion.plain import Plain, plain
from budgetgen.inversion.told import SaidText, Stated, Told
from budgetgen.inversion.told_tables import OWNER
from budgetgen.issues import SourceRef
from budgetgen.model import Amount
from budgetgen.published.document import Paragraph, Published
from budgetgen.records import record

_ALIKE = 0.75
_LEAST_NAMED, _CLEAR = 0.75, 0.05
"""So like must an item's names be on the whole, and by so much more than the next one's."""
_EDGE, _GAP = "(?:^|(?<=[，。；：、）]))", re.compile("[，。；：]*")
_SHORT, _ENDING, _LONG_NAME = 20, 6, 60
"""Words of a heading at most; of an item's heading after its name at least, and in all at most."""
_BEFORE_ITEM = r"(?:[（(][一二三四五六七八九十]{1,3}[）)]|[一二三四五六七八九十]{1,3}、|\d{1,2}\s*[、.．])(?!\d)\s*"
_HEADING_INSIDE = re.compile(rf"([^，。；：:]{{2,12}}[：:])\s*({_BEFORE_ITEM}.+)$")
_LEFT_OUT = re.compile(r"[（(]?略[）)]?|[*×Xx]+")
_NUMBER_IN = re.compile(r"\d")
_MOST_AFTER = 4


@record
class _Hit:
    start: int
    end: int
    anchor: Anchor
    match: re.Match[str]


class ProseReader:
    """Reads paragraph after paragraph: sentences by their anchors, texts by the heading over them."""

    def __init__(self, told: Told, published: Published, codes: Classification) -> None:
        self._told, self._codes = told, codes
        self._paragraphs = published.paragraphs or list(_titles(published))
        self._learned = told.learned
        self._anchors = [(_compiled(a.clause.pattern), a) for a in self._learned.anchors.values()]
        self._unit = plain(told.unit or self._named()).text
        self._item = ""
        self._coded = self._learned.coded_lists
        self._counts: Counter[str] = Counter()
        self._waiting: list[TextLine] = []
        self._opened: dict[str, int] = {}

    def _named(self) -> str:
        """The unit's name where no table says it: on the cover, else as the title begins with it."""
        texts = [plain(p.text).text for p in self._paragraphs[:12]]
        owner = next((m for text in texts if (m := OWNER.fullmatch(text))), None)
        if owner:
            self._told.unit, self._told.whose = owner["name"], owner[1]
        for pattern in () if owner else self._learned.titles:
            title = next((m for text in texts if (m := re.fullmatch(pattern, text))), None)
            self._told.unit = self._told.unit or (title[1] if title else "")
        for pattern in () if self._told.unit else self._learned.owners:
            said = next((m for text in texts if (m := _compiled(pattern).search(text))), None)
            self._told.unit = self._told.unit or (said[1] if said and not _LEFT_OUT.fullmatch(said[1]) else "")
        self._told.whose = self._told.whose or ("单位" if self._told.unit else "")
        return self._told.unit

    def read(self) -> None:
        """Every paragraph."""
        before = ""
        for paragraph in self._paragraphs:
            text = plain(paragraph.text)
            if not text.text:
                continue
            self._signed(paragraph.text.strip(), before)
            before = text.text
            hits = self._hits(text.text)
            key = paragraph_key(text.text, self._unit)
            if hits and not self._is_item(text.text, hits):
                self._told.read.add(paragraph.number)
                for n, hit in enumerate(hits):
                    limit = hits[n + 1].start if n + 1 < len(hits) else len(text.text)
                    self._keep(hit, limit, text, paragraph)
                self._open(key)
            elif key in self._learned.literals or key in self._learned.texts or self._is_heading(text.text, key):
                self._told.read.add(paragraph.number)
                self._open(key)
            elif not self._item_named(paragraph):
                self._texts_in(paragraph)

    def _signed(self, words: str, before: str) -> None:
        """A date alone in its paragraph stands below the name of the unit, where nothing named that yet."""
        line = next(iter(self._learned.texts.get("", ())), None)
        if line is None or not re.fullmatch(line.pattern, words) or not before or re.search("[，。；：]", before):
            return
        if not self._told.unit and not _LEFT_OUT.fullmatch(before):
            self._told.unit, self._told.whose = before, self._told.whose or "单位"
            self._unit = before
        self._open("")

    def _is_item(self, text: str, hits: Sequence[_Hit]) -> bool:
        """Whether a paragraph is an item of the list that is waited for, and only says more besides."""
        ordinal = ORDINAL.match(text)
        return bool(ordinal and self._waiting and self._waiting[0].numbered and hits[0].start > ordinal.end())

    def _is_heading(self, text: str, key: str) -> bool:
        """Whether a short paragraph with an ordinal is a heading in words much like one that was seen."""
        likely = len(key) <= _SHORT and ORDINAL.match(text)
        return bool(likely) and max((_ratio(key, o) for o in self._learned.texts), default=0) >= _ALIKE

    def _open(self, key: str) -> None:
        """What is said in the paragraphs below: as below such words, or words that end like these."""
        openers = self._learned.texts
        found = [key] if key in openers else [o for o in openers if o and _ratio(o, key) >= _ALIKE]
        found = found or [o for o in openers if _last_words(o) == _last_words(key)]
        best = max(found, key=lambda o: _ratio(o, key), default=None)
        self._waiting = list(openers[best]) if best is not None else []
        for path in (path for line in self._waiting for path in line.paths):
            self._opened[path] = self._opened.get(path, 0) + 1

    def _item_named(self, paragraph: Paragraph) -> bool:
        """Keep the name with which the heading of a list's item begins; whether it was one."""
        words = paragraph.text.strip()
        for ending, path in self._learned.named.items():
            shared = next((ending[n:] for n in range(len(ending)) if words.endswith(ending[n:])), "")
            name = ORDINAL.sub("", words.removesuffix(shared)).strip()
            if len(shared) < _ENDING or not name or len(words) > _LONG_NAME:
                continue
            beside = path.partition("[#]")[0] + "[#]"
            number = 1 + max((n for other, n in self._opened.items() if other.startswith(beside)), default=0)
            self._told.texts.append(SaidText(path, number, name))
            self._told.read.add(paragraph.number)
            self._waiting = []
            return True
        return False

    def _texts_in(self, paragraph: Paragraph) -> None:
        """Keep the texts that stand below a heading; what follows a heading in its own paragraph too."""
        words = paragraph.text.strip()
        if inside := _HEADING_INSIDE.match(words):
            self._open(paragraph_key(plain(inside[1]).text, self._unit))
            words = inside[2] if self._waiting else words
        if self._waiting:
            self._text(paragraph, words)

    def _text(self, paragraph: Paragraph, words: str) -> None:
        line = self._waiting[0]
        bare = re.sub(f"^{_BEFORE_ITEM}", "", words) if line.numbered else words
        found = re.fullmatch(line.pattern, bare)
        if found is None:
            return
        self._told.read.add(paragraph.number)
        if "[#]" not in line.paths[0]:
            self._waiting.pop(0)
        for path, text in zip(line.paths, found.groups(), strict=True):
            item = self._opened[path] if path.count("[#]") > 1 else 0
            if "[#]." in path and not item:
                self._counts[path] += 1
                item = self._counts[path]
            self._told.texts.append(SaidText(path, item, text))

    def _hits(self, text: str) -> list[_Hit]:
        """The anchors of a paragraph from left to right, none over another; where two fit, the one of such paragraphs."""
        if not _NUMBER_IN.search(text) and "原因" not in text and "包括" not in text:
            return []
        head = _head(text)
        found: dict[tuple[int, int], list[_Hit]] = {}
        for pattern, anchor in self._anchors:
            for match in pattern.finditer(text):
                found.setdefault(match.span(), []).append(_Hit(*match.span(), anchor, match))
        hits = _chosen(found, lambda h: _words(h.anchor.clause.pattern) > _VAGUE, [], head)
        patterns = {h.anchor.clause.pattern for h in hits}
        hits += _chosen(found, lambda h: bool(h.anchor.beside & patterns), hits, head)
        return sorted(hits, key=lambda h: h.start)

    def _keep(self, hit: _Hit, limit: int, text: Plain, paragraph: Paragraph) -> None:
        self._slots(hit.anchor.clause, hit.match, text, paragraph)
        at = hit.end
        for _ in range(_MOST_AFTER):
            at = _GAP.match(text.text, at).end()  # type: ignore[union-attr]
            if at >= limit:
                return
            pairs = ((c, _dependent(p).match(text.text, at, limit)) for p, c in _texts_last(hit.anchor))
            followed = next(((clause, match) for clause, match in pairs if match), None)
            if followed is None:
                return
            clause, match = followed
            if clause.level:
                self._level(hit, match, text, paragraph)
            self._slots(clause, match, text, paragraph)
            at = match.end()

    def _level(self, hit: _Hit, match: re.Match[str], text: Plain, paragraph: Paragraph) -> None:
        """That nothing has changed: the change that else follows is 0."""
        changes = {s.name: s for c in hit.anchor.after.values() for s in c.slots if s.sign and s.kind == ""}
        for name in changes:
            self._state(Slot(name, ""), "0", match.start(), text, paragraph)
        rates = [s for c in hit.anchor.after.values() for s in c.slots if s.kind == "%"]
        if not changes and rates:
            self._state(Slot(rates[0].name, "%"), "0", match.start(), text, paragraph)

    def _slots(self, clause: Clause, match: re.Match[str], text: Plain, paragraph: Paragraph) -> None:
        names = {s.name: match[n] for n, s in enumerate(clause.slots, 1) if s.name.startswith("<")}
        if names:
            self._item = self._code(names)
        for n, slot in enumerate(clause.slots, 1):
            if slot.name.startswith("<") or match[n] is None:
                continue
            if slot.kind in ("文", "列"):
                start, end = match.span(n)
                words = _original(text, start, end)
                parts = re.split("、", words) if slot.kind == "列" else [words]
                coded = slot.name.partition("[#]")[0] in self._coded
                counts = self._item if coded else ""
                item = 0
                if coded and not counts:
                    continue
                if "[#]." in slot.name and not coded:
                    self._counts[slot.name] += 1
                    item = self._counts[slot.name]
                self._told.texts += [SaidText(slot.name, item, part, counts) for part in parts]
            else:
                self._state(slot, match[n], match.start(n), text, paragraph)

    def _state(self, slot: Slot, number: str, at: int, text: Plain, paragraph: Paragraph) -> None:
        name = slot.name
        coded = name.partition("[#]")[0] in self._coded
        if "[#]" in name:
            key = self._item if coded else ""
            if coded and not key:
                return
            if not key:
                self._counts[name] += 1
                key = str(self._counts[name])
            name = name.replace("[#]", f"[{key}]", 1)
        read = read_amount(number, "万元")
        if isinstance(read, Refusal):
            return
        value = Amount.from_wan_yuan(read.value) if slot.kind == "" else Amount(read.value)
        end = min(at + len(number), len(text.text))
        place = SourceRef(paragraph.file, cell=f"第{paragraph.number}段" if paragraph.number else "表题")
        quote = text.quote(at, end)
        self._told.stated.append(
            Stated(name, slot.name, value, number, place, (0, paragraph.number, at), self._item if coded else "", slot.kind, slot.sign, quote)
        )  # fmt: skip

    def _code(self, names: Mapping[str, str]) -> str:
        """The item of which a sentence speaks: by its names, as the tables or the code tables have them; blank for none."""
        wanted = {level: names.get(f"<{level}>", "") for level in LEVELS.values()}
        items = [c for c in self._told.names if len(c) == ITEM_DIGITS]
        scored = sorted(
            (
                sum(self._like(code[:size], wanted[level]) for size, level in LEVELS.items() if wanted[level]),
                code,
            )
            for code in items
        )
        least = _LEAST_NAMED * sum(bool(w) for w in wanted.values())
        sure = len(scored) < 2 or scored[-1][0] - scored[-2][0] > _CLEAR  # noqa: PLR2004 - the second best
        return scored[-1][1] if scored and scored[-1][0] >= least and sure else ""

    def _like(self, code: str, name: str) -> float:
        known = {self._told.names.get(code, ""), self._codes.name(code)}
        return max(_ratio(_stem(k), _stem(name)) for k in known)


def _titles(published: Published) -> Iterator[Paragraph]:
    """The titles of a workbook's tables, which has no paragraphs."""
    for table in published.tables:
        title = table_head(table.grid)[0]
        if title:
            yield Paragraph(0, title, file=table.file)


def _chosen(
    found: Mapping[tuple[int, int], list[_Hit]], fits: Callable[[_Hit], bool], taken: Sequence[_Hit], head: str
) -> list[_Hit]:
    """Of the anchors that fit, from left to right, those with most words; none over another or over what is taken."""
    hits: list[_Hit] = []
    for (start, end), several in sorted(found.items(), key=lambda f: (f[0][0], -f[0][1])):
        if any(start < h.end and h.start < end for h in (*taken, *hits)):
            continue
        here = [h for h in several if fits(h)]
        here = [h for h in here if any(_alike(head, own) for own in h.anchor.heads)] or here
        most = max((_words(h.anchor.clause.pattern) for h in here), default=0)
        best = [h for h in here if _words(h.anchor.clause.pattern) == most]
        if hits and len({h.anchor.clause.slots for h in best}) > 1:  # of what the clause before speaks of
            near = max(map(partial(_shared, hits[-1]), best))
            best = [h for h in best if _shared(hits[-1], h) == near]
        if len({h.anchor.clause.slots for h in best}) == 1:
            hits.append(best[0])
    return hits


def _shared(one: _Hit, other: _Hit) -> int:
    """How many words the names of the figures of two clauses have in common."""
    parts = [{w for s in h.anchor.clause.slots for w in s.name.split(".")} for h in (one, other)]
    return len(parts[0] & parts[1])


def _last_words(key: str) -> str:
    return re.sub("（.*?）", "", re.split("[，。；]", key)[-1])


def _original(text: Plain, start: int, end: int) -> str:
    """The words of a stretch as they stand in the file, with the quotation marks around them."""
    first = text.index[start - 1] + 1 if start else 0
    last = text.index[end] if end < len(text.index) else len(text.original)
    return text.original[first:last].strip(" \u3000。；").lstrip("：:，")


def _texts_last(anchor: Anchor) -> list[tuple[str, Clause]]:
    """What may follow an anchor: texts, which take what they get, last."""
    return sorted(anchor.after.items(), key=lambda followed: any(s.kind == "文" for s in followed[1].slots))


@lru_cache(maxsize=20000)
def _ratio(one: str, other: str) -> float:
    return 1.0 if one == other else SequenceMatcher(None, one, other).ratio()


def _stem(name: str) -> str:
    return re.sub(r"\s|（.*?）|\(.*?\)", "", name).removesuffix("支出")


def _head(text: str) -> str:
    first = re.split("[，。；：、]", text, maxsplit=1)[0]
    return re.sub(r"20\d\d年?|[\d.]", "", label_key(first))


@lru_cache(maxsize=20000)
def _alike(head: str, own: str) -> bool:
    bare = re.sub(r"20\d\d年?|[\d.]", "", own)
    return head.endswith(bare) or SequenceMatcher(None, head, bare).ratio() > _ALIKE


_VAGUE = 1
"""A pattern of so few words serves only in paragraphs that begin as its own do."""


@lru_cache(maxsize=4096)
def _words(pattern: str) -> int:
    """How many words of its own a pattern has."""
    one = re.sub(r"\(\?:([^|()]*)\|[^)]*\)", r"\1", pattern)
    return len(re.findall("[一-龥]", re.sub(r"\[[^\]]*\]|其中|万元", "", one)))


@lru_cache(maxsize=4096)
def _compiled(pattern: str) -> re.Pattern[str]:
    ordinal = r"(?:[（(][一二三四五六七八九十]{1,3}[）)]|\d{1,2}[、.．])?"
    return re.compile(f"{_EDGE}{ordinal}{pattern}(?=[，。；：、]|$)")


@lru_cache(maxsize=4096)
def _dependent(pattern: str) -> re.Pattern[str]:
    return re.compile(f"{pattern}(?=[，。；：、]|$)")
