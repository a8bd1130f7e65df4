"""What a published packet states, read by what a 版式 was seen to print: amounts by figure, texts by field, each with its place."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from budgetgen.classification import LATEST
from budgetgen.inversion.patterns import Learned, LearnedTable
from budgetgen.issues import SourceRef
from budgetgen.model import Amount
from budgetgen.published.document import Published
from budgetgen.records import record

_LONG = 60
_YEAR = re.compile(r"(20\d\d)年")


@record
class Stated:
    """One amount, rate or count that is printed: the figure's name, the value (元, % or pieces), its words and place.

    `spot`: (table, row, column), or (0, paragraph, character of its plain text). `sign`: of a change, as its words say.
    """

    name: str
    general: str
    value: Amount
    text: str
    place: SourceRef
    spot: tuple[int, int, int]
    code: str = ""
    kind: str = ""
    sign: int = 0
    words: str = ""
    money: str = "万元"


@record
class SaidText:
    """One text: the path of its field in general, the number of its list's item (0 for none), its words."""

    path: str
    item: int
    text: str
    code: str = ""


@dataclass
class Told:
    """All that a packet states in the words of one 版式."""

    learned: Learned
    year: int
    unit: str = ""
    whose: str = ""
    money: str = ""
    stated: list[Stated] = field(default_factory=list)
    blank: list[Stated] = field(default_factory=list)
    """Cells that stand for a figure and say nothing, or a dash."""
    texts: list[SaidText] = field(default_factory=list)
    unread: list[tuple[SourceRef, str]] = field(default_factory=list)
    """Cells that should hold an amount, and what they hold."""
    names: dict[str, str] = field(default_factory=dict)
    tables: dict[int, LearnedTable] = field(default_factory=dict)
    wording: Mapping[str, str] = field(default_factory=dict)
    """What it words otherwise than the 版式: names of open settings → the words chosen."""
    read: set[int] = field(default_factory=set)
    """Paragraphs of which something was understood."""

    @property
    def weight(self) -> int:
        """How much was understood."""
        return len(self.tables) * 50 + len(self.stated) + len(self.texts)


def year_of(published: Published) -> int:
    """The year that a packet's titles and headings name most often."""
    texts = [p.bare for p in published.paragraphs if len(p.bare) < _LONG]
    texts += [c.label for t in published.tables for row in t.rows[:2] for c in row if c.own]
    years = Counter(int(y) for text in texts for y in _YEAR.findall(text))
    return years.most_common(1)[0][0] if years else LATEST
