"""The sentences that a 版式 prints: clauses that name a figure, what follows them, and texts under their headings."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from budgetgen.figures import PERCENT, YUAN, Figure
from budgetgen.inversion.patterns import (
    LEVEL_WORDS,
    ORDINAL,
    PUNCTUATION,
    Anchor,
    Clause,
    Learned,
    Slot,
    TextLine,
    code_in,
    general,
    keep_field,
    label_key,
)
from budgetgen.inversion.plain import Plain, plain
from budgetgen.model import Accounts
from budgetgen.published.document import read_published_bytes
from budgetgen.template import Rendered
from budgetgen.template.language.rendered import ParagraphPlace


def learn_document(
    learned: Learned, rendered: Rendered, texts: Mapping[str, str], accounts: Accounts, case: str
) -> None:
    """Keep what a filled document says: its sentences, its headings, the texts below them."""
    published = read_published_bytes(rendered.data, "样本.docx")
    prints: dict[int, list[Spot]] = {}
    for one in rendered.printed:
        if isinstance(one.place, ParagraphPlace) and isinstance(one.value, Figure):
            prints.setdefault(one.place.paragraph, []).append((one.place.start, one.place.end, one.value))
    lines = ((p.text, prints.get(p.mark.number, ())) for p in published.paragraphs)
    learn_lines(learned, lines, texts, accounts, case)


Spot = tuple[int, int, Figure]
"""A figure in a text: from where, to where."""


def learn_lines(
    learned: Learned,
    lines: Iterable[tuple[str, Sequence[Spot]]],
    texts: Mapping[str, str],
    accounts: Accounts,
    case: str,
    opener: str | None = "",
) -> None:
    """Keep what paragraphs say, each with the figures in it; `opener` is the heading over the first, None where it is not known."""
    for said, spots in lines:
        text = plain(said)
        for _, _, figure in spots:
            keep_field(learned, general(figure.name), figure, code_in(figure.name), accounts)
        pieces = list(_pieces(text, spots, texts))
        alone = [p for p in pieces if isinstance(p, Slot)]
        words = "".join(p for p in pieces if isinstance(p, str))
        line = _text_line(pieces)
        if line is not None:
            known = learned.texts.setdefault(opener, []) if opener is not None else []
            known += [] if line in known else [line]
        elif heading := _named(pieces):
            learned.named[heading] = alone[0].name
        elif any(s.kind != "文" for s in alone) or len(words) > _LONG_HEADING:
            _learn_sentence(learned, pieces, case)
            opener = paragraph_key(text.text, plain(accounts.unit.name).text)
        else:
            _learn_sentence(learned, pieces, case)
            opener = paragraph_key(text.text, plain(accounts.unit.name).text)
            learned.literals.add(opener)
        if alone and pieces[0] is alone[0] and alone[0].name == "单位.名称" and not re.search(_MARKS, words) and words:
            rest = "".join(literal(p) if isinstance(p, str) else NUMBER for p in pieces[1:])
            learned.titles.append(f"(.{{2,60}}?){rest}")
        _learn_lists(learned, pieces, plain(accounts.unit.name).text)
        learned.owners |= set(_owners(pieces))


def _owners(pieces: Sequence[str | Slot]) -> Iterator[str]:
    """The clauses that name the unit after words of their own (现将某局某年采购意向公开), as patterns."""
    for clause in _clauses(pieces):
        at = next((n for n, p in enumerate(clause) if isinstance(p, Slot) and p.name == "单位.名称"), 0)
        before = clause[at - 1] if at == 1 else ""
        if isinstance(before, str) and _WORDS.search(before) and len(clause) > at + 1:
            rest = "".join(literal(p) if isinstance(p, str) else NUMBER for p in clause[at + 1 :])
            yield f"{literal(before)}(.{{2,60}}?){rest}"


_WORDS, _MARKS = re.compile("[一-龥]{2}"), re.compile("[，。；：]")


_DATE = r"(20\d\d年\d{1,2}月(?:\d{1,2}日)?)"


def _told_texts(pieces: Sequence[str | Slot]) -> list[Slot]:
    """The texts that a paragraph tells where it tells nothing else: not those that it is about."""
    slots = [p for p in pieces if isinstance(p, Slot)]
    own = all(s.kind == "文" and not s.name.startswith(("<", "单位.名称")) for s in slots)
    return slots if own else []


def _text_line(pieces: Sequence[str | Slot]) -> TextLine | None:
    """A paragraph of texts with an ordinal before and marks around them at most; None where it is something else."""
    slots = _told_texts(pieces)
    words = "".join(p for p in pieces if isinstance(p, str))
    if not slots or len({s.name for s in slots}) < len(slots) or ORDINAL.sub("", words).strip(f"{PUNCTUATION}. "):
        return None
    first = pieces.index(slots[0])
    marks = "".join(
        f"[{PUNCTUATION}:; ]+" if isinstance(p, str) else _DATE if p.name.endswith(("日期", "时间")) else "(.+?)"
        for p in pieces[first:]
    )
    pattern = re.sub(r"\+$", "*", marks)
    return TextLine(tuple(s.name for s in slots), pattern, bool(ORDINAL.match(words)))


def _named(pieces: Sequence[str | Slot]) -> str:
    """The words after the name of a list's item, where a heading is these; blank for anything else."""
    found = len(pieces) == 2 and isinstance(pieces[1], str) and "[#]" in "".join(s.name for s in _told_texts(pieces))  # noqa: PLR2004 - name and words
    words = str(pieces[1]) if found else ""
    return words if re.fullmatch("[一-龥]{4,20}", words) else ""


def _learn_lists(learned: Learned, pieces: Sequence[str | Slot], unit: str) -> None:
    """What stands in one line here (包括：甲、乙、丙) may stand in the paragraphs below elsewhere."""
    joined = _joined(pieces)
    for n, piece in enumerate(joined):
        if isinstance(piece, Slot) and piece.kind == "列":
            words = "".join(p if isinstance(p, str) else "0" if p.kind == "#" else "" for p in joined[:n])
            learned.texts.setdefault(paragraph_key(words, unit), [TextLine((piece.name,), "(.+)", numbered=True)])


_LONG_HEADING = 40
_ABOUT = ("<类>", "<款>", "<项>", "单位.名称")
"""Texts that a sentence is about, and does not tell."""


def paragraph_key(text: str, unit: str) -> str:
    """What tells one heading from others: no year, no unit, no ordinal, no amounts."""
    bare = text.replace(unit, "") if unit else text
    bare = re.sub(r"（(?:部门|单位)）|20\d\d年?度?|[.…·\d]+$", "", bare)
    return label_key(re.sub(r"[\d.]+", "0", bare)).strip("。，；：")


def _pieces(text: Plain, prints: Iterable[tuple[int, int, Figure]], texts: Mapping[str, str]) -> Iterator[str | Slot]:
    """The words of a paragraph and what stands between them, in order."""
    place = {original: at for at, original in enumerate(text.index)}
    spans: list[tuple[int, int, Slot]] = []
    for start, end, figure in prints:
        inside = [place[n] for n in range(start, end) if n in place]
        if inside:
            spans.append((inside[0], inside[-1] + 1, Slot(figure.name, _kind(figure))))
    taken = [(a, b) for a, b, _ in spans]
    for words, path in sorted(texts.items(), key=lambda t: -len(t[0])):
        at = text.text.find(words)
        while at >= 0:
            end = at + len(words)
            if all(end <= a or at >= b for a, b in taken):
                taken.append((at, end))
                spans.append((at, end, Slot(path, "文")))
            at = text.text.find(words, end)
    done = 0
    for start, end, slot in sorted(spans, key=lambda s: s[:2]):
        if start > done:
            yield text.text[done:start]
        yield slot
        done = max(done, end)
    if done < len(text.text):
        yield text.text[done:]


def _kind(figure: Figure) -> str:
    return "" if figure.unit == YUAN else "%" if figure.unit == PERCENT else "#"


def _learn_sentence(learned: Learned, pieces: Sequence[str | Slot], case: str) -> None:
    """Keep the clauses of a paragraph: those that name a figure, and what follows each."""
    anchor: Anchor | None = None
    head = ""
    together: list[Anchor] = []
    clauses = list(_clauses(pieces))
    for number, clause in enumerate(clauses):
        plain_words = "".join(p for p in clause if isinstance(p, str))
        head = head or label_key(plain_words)
        own = [p for p in clause if isinstance(p, Slot) and p.name not in _ABOUT]
        made = _clause(clause, clauses[number + 1] if number + 1 < len(clauses) else (), case)
        numbers = [s for s in own if s.kind not in ("文", "列")]
        if any(not _follows(s.name) for s in numbers) or (own and not numbers and anchor is None):
            slots = tuple(Slot(general(s.name), s.kind, s.sign) for s in made.slots)
            anchor = learned.anchors.setdefault((made.pattern, slots), Anchor(Clause(made.pattern, slots)))
            anchor.heads.add(head)
            together.append(anchor)
        elif anchor is not None and (own or LEVEL_WORDS.search(plain_words)):
            slots = tuple(Slot(general(s.name), s.kind, s.sign) for s in made.slots)
            level = not numbers and bool(LEVEL_WORDS.search(plain_words))
            anchor.after.setdefault(made.pattern, Clause(made.pattern, slots, level))
    for one in together:
        one.beside |= {other.clause.pattern for other in together if other is not one}


def _follows(name: str) -> bool:
    """Whether a figure is said of the one before it: its change, its share of the whole."""
    return _is_change(name) or name.startswith("占比(")


def _is_change(name: str) -> bool:
    return name.rpartition(".")[2] in ("额", "率", "印率") and ("较" in name or "与预算比" in name)


def _clauses(pieces: Sequence[str | Slot]) -> Iterator[list[str | Slot]]:
    """The pieces cut at punctuation, without an ordinal in front; a text and the words before its colon stay together."""
    clause: list[str | Slot] = []
    joined = _joined(pieces)
    for number, piece in enumerate(joined):
        if isinstance(piece, Slot):
            clause.append(piece)
            continue
        words = ORDINAL.sub("", piece) if not number else piece
        told = number + 1 < len(joined) and joined[number + 1].kind in ("文", "列")  # type: ignore[union-attr]
        parts = [part for part in re.split(f"(?<=[{PUNCTUATION}])", words) if part]
        for at, part in enumerate(parts):
            if told and at == len(parts) - 1 and part.endswith("："):
                clause.append(part)
                continue
            words = part.rstrip(PUNCTUATION)
            if words:
                clause.append(ORDINAL.sub("", words) if not clause else words)
            if part != words and clause:
                yield clause
                clause = []
    if clause:
        yield clause


def _joined(pieces: Sequence[str | Slot]) -> list[str | Slot]:
    """The pieces with the items of a list in one line (甲、乙、丙) as one."""
    joined: list[str | Slot] = []
    for piece in pieces:
        last = joined[-2:]
        if (
            isinstance(piece, Slot)
            and len(last) > 1
            and last[1] == "、"
            and isinstance(last[0], Slot)
            and last[0].name == piece.name
        ):
            joined[-2:] = [Slot(piece.name, "列")]
        else:
            joined.append(piece)
    return joined


_SIGNS = {"增加": 1, "增长": 1, "上升": 1, "减少": -1, "下降": -1, "降低": -1}
NUMBER = r"(-?\d+(?:\.\d+)?)"


def _clause(clause: Sequence[str | Slot], following: Sequence[str | Slot], case: str) -> Clause:
    """A clause as a pattern over plain text."""
    pattern, slots = "", []
    for piece in clause:
        if isinstance(piece, str):
            pattern += literal(piece)
            continue
        sign = 0
        if _is_change(piece.name):
            sign = {"增": 1, "减": -1}.get(case, 0)
            sign = next((s for w, s in _SIGNS.items() if pattern.endswith(w)), sign)
        if piece.kind in ("文", "列"):
            pattern += _text_pattern(piece, clause, following)
            if piece.name == "单位.名称":
                continue
        else:
            pattern += NUMBER
        slots.append(Slot(piece.name, piece.kind, sign))
    return Clause(pattern, tuple(slots))


def _text_pattern(slot: Slot, clause: Sequence[str | Slot], following: Sequence[str | Slot]) -> str:
    if slot.name == "单位.名称":
        return f"[^{PUNCTUATION}]{{2,60}}?"
    if slot.name.startswith("<"):
        return "([^，。；：]{2,40}?)"
    if clause[-1] is not slot:
        return f"([^{PUNCTUATION}]+?)"
    ahead = next((literal(p[:6]) for p in following[:1] if isinstance(p, str)), "")
    if ahead:
        return f"(.+?)(?=[{PUNCTUATION}]*{ahead}|[；。](?!.*{ahead})|[；。]?$)"
    return r"(.+?)(?=[，。；]|$)" if following else r"(.+?)(?=。?$)"


def literal(words: str) -> str:
    """Words as a pattern: any year, and what writers leave out."""
    found = re.escape(words)
    found = re.sub(r"20\d\d年?", lambda m: r"20\d\d年?" if m[0].endswith("年") else r"20\d\d", found)
    found = re.sub(r"[与比](?=20\\d)", "[与比同较]", found)
    found = re.sub(r"（\d{2,3}([类款项])）", r"（\\d{2,3}\1）", found)
    found = found.replace("为", "为?").replace("（部门）", "(?:（部门）)?").replace("万元（", "万元?（")
    found = re.sub("本(?:部门|单位)", "本(?:部门|单位)", found).replace("月至", "月（?至）?")
    return LEVEL_WORDS.sub(f"(?:{LEVEL_WORDS.pattern})(?:0万元)?", found)
