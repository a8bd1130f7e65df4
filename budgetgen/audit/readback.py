"""Whether what a 版式 prints is read back: every figure of its narratives, in every case, under its own name.

Of 决算 the grammar reads it, of other kinds that have a sample the templates read backwards: cells too.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from budgetgen.audit.grammar import read_grammar, read_sample
from budgetgen.audit.hearing import Prose, classes_of, hear
from budgetgen.audit.nine_tables import read_nine
from budgetgen.audit.self_report import hear_report
from budgetgen.classification import read_classification
from budgetgen.figures import PERCENT, YUAN, Figure
from budgetgen.inversion import Learned, filled_samples, learn
from budgetgen.inversion import hear as hear_told
from budgetgen.inversion.patterns import COUNTED, general
from budgetgen.issues import Issue, Level, Rejected, SourceRef
from budgetgen.layout import DOCX, Kind, Profile, kinds, read_profile
from budgetgen.model import Amount
from budgetgen.pipeline import make
from budgetgen.published.document import Paragraph, read_published_bytes
from budgetgen.reading import load
from budgetgen.records import record
from budgetgen.template import Rendered
from budgetgen.template.language.rendered import ParagraphPlace

CASES: Mapping[str, tuple[float, float]] = {
    "增": (0.8, 0.9),
    "减": (1.25, 1.3),
    "平": (1, 1),
    "上年为零": (0, 1),
    "预算为零": (1, 0),
}
"""What last year's amounts and the budgets of the sample are to this year's, in each case."""
RULE = "TEMPLATE-004"
_KEY = re.compile(r"\[(?!\d{3,7}\])[^\]]*\]")
_AROUND = 16
_NUMBER = re.compile(r"\d")
_NEAR = {YUAN: Decimal(50), PERCENT: Decimal("0.005")}
"""How far off a figure may be as it is printed: 万元 and per cent with two decimals."""


@record
class Unread:
    """A figure that a sentence prints and the grammar does not hear, or hears as another (`heard`)."""

    figure: str
    text: str
    words: str
    heard: str = ""


def unread(document: Rendered, year: int) -> Iterator[Unread]:
    """The printed figures of a document's prose that reading it does not give back."""
    published = read_published_bytes(document.data, f"文本.{DOCX}")
    paragraphs = {p.mark.number: p for p in published.paragraphs if p.part in ("说明", "附")}
    codes = read_classification(year)
    nine = read_nine(published, codes)
    prose = hear(published, nine, codes)
    hear_report(published, prose, classes_of(nine, codes))
    heard = _by_place(prose)
    for printed in document.printed:
        place = printed.place
        if not (
            isinstance(place, ParagraphPlace) and isinstance(printed.value, Figure) and place.paragraph in paragraphs
        ):
            continue
        paragraph = paragraphs[place.paragraph]
        names = heard.get((paragraph.number, printed.text.removesuffix("%")), set())
        if not any(same_figure(name, printed.value.name) for name in names):
            words = _around(paragraph, place.start, place.end)
            yield Unread(printed.value.name, printed.text, words, min(names, default=""))


def _by_place(prose: Prose) -> dict[tuple[int, str], set[str]]:
    heard: dict[tuple[int, str], set[str]] = {}
    for name, all_said in prose.said.items():
        for said in all_said:
            heard.setdefault((said.spot[1], said.text.rstrip("亿万元")), set()).add(name)
    return heard


def _around(paragraph: Paragraph, start: int, end: int) -> str:
    return paragraph.text[max(start - _AROUND, 0) : end + 4].strip()


def same_figure(heard: str, printed: str) -> bool:
    """Whether the name under which a number was heard is the figure's own, or one that the grammar says is the same."""
    own = _KEY.sub("[]", printed)
    name = _KEY.sub("[]", heard.removeprefix("附."))
    if name == own:
        return True
    grammar = read_grammar()
    if own in grammar.either.get(heard, ()):
        return True
    return any(re.fullmatch(pattern, f"{name} {own}") for pattern in grammar.same)


def sample_cases() -> Iterator[tuple[str, dict[str, Any]]]:
    """The sample unit in every case: as given, last year's amounts and the budgets brought to what the case asks."""
    sample = read_sample()
    for case, (prior, budget) in CASES.items():
        yield case, _scaled(sample, prior, budget, 1)


def _scaled(node: Any, prior: float, budget: float, factor: float) -> Any:
    if isinstance(node, dict):
        return {
            key: _scaled(
                value, prior, budget, prior if str(key).startswith("上年") else budget if key in _BUDGETS else factor
            )
            for key, value in node.items()
        }
    if isinstance(node, list):
        return [_scaled(value, prior, budget, factor) for value in node]
    return round(node * factor, 2) if factor != 1 and isinstance(node, int | float) else node


_BUDGETS = ("年初预算", "全年预算")


def check_reading(profile: Profile) -> list[Issue]:
    """A warning for each figure that a 版式 prints and that is not read back, told once.

    Kinds of packets that no grammar is for and that have no sample are not looked at.
    """
    found: dict[str, Issue] = {}
    made = [k for k in kinds(profile.shelves) if k.name in read_grammar().kinds and profile.has(k)]
    with TemporaryDirectory() as folder:
        for n, (case, data) in enumerate(sample_cases()):
            path = Path(folder) / f"{case}.yaml"
            path.write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8")
            for figure in _unread_in(path, profile, made[: None if n == 0 else 1]):
                found.setdefault(figure.figure, _told(figure, case, profile))
    others = [k for k in kinds(profile.shelves) if k not in made and profile.has(k)]
    told = (_check_inversion(k, read_profile(profile.name, profile.shelves, k)) for k in others)
    return [*found.values(), *(issue for issues in told for issue in issues)]


def _check_inversion(kind: Kind, profile: Profile) -> Iterator[Issue]:
    """A warning for each figure of a kind's sample that its templates, read backwards, do not give back."""
    learned = learn(kind, profile)
    found: dict[str, tuple[Unread, str]] = {}
    for sample in filled_samples(kind, profile) if learned else ():
        for file, rendered in sample.packet.files.items():
            for figure in not_told(learned, rendered, file.suffix) if learned else ():
                found.setdefault(general(figure.figure), (figure, f"{sample.accounts.unit.kind}、{sample.case}"))
    for figure, case in found.values():
        cause = f"“{figure.words}”里的 {figure.text}（{figure.figure}）从公开的{kind.title}读不回来（{case}的情形）。"
        mend = "两处写法一样、数不同的，改一处的几个字；不改也能用，只是读公开的材料时这个数要自己填。"
        yield Issue(RULE, Level.WARNING, cause, mend, place=SourceRef(profile.name))


def not_told(learned: Learned, rendered: Rendered, suffix: str) -> Iterator[Unread]:
    """The figures that a file of a packet prints, and that are not told by it under their name or as their field."""
    published = read_published_bytes(rendered.data, f"样本.{suffix}")
    paragraphs = {p.mark.number: p for p in published.paragraphs}
    heard: dict[str, list[Amount]] = {}
    for stated in hear_told(published, learned).stated:
        heard.setdefault(stated.general, []).append(stated.value)
    for printed in rendered.printed:
        figure, place = printed.value, printed.place
        if not isinstance(figure, Figure) or not _NUMBER.search(printed.text):
            continue
        path = COUNTED.sub("[#]", figure.path)
        names = [general(figure.name)]
        names += [n for n, fields in learned.fields.items() if path and path in {f.path for f in fields}]
        near = _NEAR.get(figure.unit, Decimal(0))
        if any(abs(value - figure.value) <= near for name in names for value in heard.get(name, ())):
            continue
        paragraph = paragraphs.get(place.paragraph) if isinstance(place, ParagraphPlace) else None
        words = _around(paragraph, place.start, place.end) if paragraph else str(getattr(place, "cell", ""))  # type: ignore[union-attr]
        yield Unread(figure.name, printed.text, words)


def _unread_in(path: Path, profile: Profile, made: Sequence[Kind]) -> Iterator[Unread]:
    loaded = load(path)
    for kind in made:
        try:
            _, packet, _ = make(loaded, profile, kind)
        except Rejected:
            continue  # the sample lacks what only this place asks for
        for file, rendered in packet.files.items():
            if file.suffix == DOCX:
                yield from unread(rendered, loaded.accounts.year)


def _told(figure: Unread, case: str, profile: Profile) -> Issue:
    heard = f"，认成了“{figure.heard}”" if figure.heard else ""
    cause = f"“{figure.words}”里的 {figure.text}（{figure.figure}）审核时读不回来{heard}（{case}的情形）。"
    mend = "在 config/reading/final-accounts.yaml 里按这句话加一种写法；不加也能用，只是审核公开文本时不核对这个数。"
    place = SourceRef(profile.name)
    return Issue(RULE, Level.WARNING, cause, mend, place=place)
