"""What became of one packet that was audited: a line of audits.jsonl, rows of the tables; and of all of a run."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from enum import Enum
from typing import Any, Self

from budgetgen.audit.relations import Finding
from budgetgen.audit.remarks import SHOWN, follow, head_of, sentence, sides_of, wants
from budgetgen.published.document import Published
from budgetgen.records import record

LEVELS = ("错误", "疑点", "提示", "口径")


class Verdict(Enum):
    """How the audit of a packet ended, in the order in which a person has to look at it."""

    CRASHED = "审不下去"
    UNREADABLE = "读不出来"
    NOT_DONE = "未做"
    WRONG = "有错误"
    DOUBTFUL = "有疑点"
    CLEAN = "没有发现"


@record
class Audited:
    """What became of one packet.

    `findings` are told as JSON tells them, with more for reports: see `told`. `copies` are the annotated files, below the
    run's folder (path → digest); `rests_on` tells whether it would be the same again; `issues` is what could not be read.
    """

    packet: str
    verdict: Verdict
    sources: Sequence[str] = ()
    unit: str = ""
    year: int = 0
    findings: Sequence[Mapping[str, Any]] = ()
    issues: Sequence[str] = ()
    copies: Mapping[str, str] = field(default_factory=dict)
    rests_on: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    details: str = ""
    disk_full: bool = False

    @property
    def counts(self) -> Counter[str]:
        """How many findings of each level."""
        return Counter(str(f["level"]) for f in self.findings)

    def to_line(self) -> bytes:
        """One line of audits.jsonl."""
        line = json.dumps({**asdict(self), "verdict": self.verdict.value}, ensure_ascii=False)
        return line.encode("utf-8", "backslashreplace") + b"\n"

    @classmethod
    def from_line(cls, line: bytes) -> Self:
        """The outcome of a line. ValueError: the line is torn, or none of ours."""
        try:
            told = json.loads(line)
            outcome = cls(**{**told, "verdict": Verdict(told["verdict"])})
            outcome.counts.total()
        except (TypeError, KeyError, RecursionError) as e:
            raise ValueError("another form") from e
        return outcome


def told(document: Published, finding: Finding) -> dict[str, Any]:
    """A finding for reports: the keys of JSON lines, its words, and its places with the word in its quote marked off."""
    sides = sides_of(document, finding)
    own = {k: v for k, v in asdict(finding).items() if k not in ("spot", "sides")}
    return {
        **own,
        "head": head_of(finding),
        "wants": wants(finding.rule),
        "sentence": sentence(finding),
        "sides": [[s.where, *_split(s.quote, s.text)] for s in sides[:SHOWN]],
        "follow": list(follow(finding, sides)),
    }


def _split(quote: str, word: str) -> tuple[str, str, str]:
    """A quote before, at and after the word that it is quoted for."""
    before, at, after = quote.partition(word) if word else (quote, "", "")
    return before, at, after


Outcome = Callable[[], Audited]
"""Reads an outcome, which a large run does not keep in memory."""


@dataclass
class AuditRun:
    """How a run went: its outcomes in the order of the packets, how many are kept from before, why it stopped early."""

    outcomes: Sequence[Outcome] = ()
    kept: int = 0
    stopped: str = ""
    verdicts: Counter[Verdict] = field(default_factory=Counter)

    def __iter__(self) -> Iterator[Audited]:
        return (outcome() for outcome in self.outcomes)
